//! A list that is gone through with waits in between.

use std::collections::VecDeque;

/// What is done one by one. What is not done when this is dropped, as where its time is over, goes back.
pub struct Rest<T, F: FnMut(Vec<T>)> {
    items: VecDeque<T>,
    back: F,
}

impl<T, F: FnMut(Vec<T>)> Rest<T, F> {
    pub fn new(items: Vec<T>, back: F) -> Self {
        Self { items: items.into(), back }
    }
    /// What comes next; it stays until it is [`Rest::done`].
    pub fn first(&self) -> Option<&T> {
        self.items.front()
    }
    /// The first is done.
    pub fn done(&mut self) -> Option<T> {
        self.items.pop_front()
    }
}

impl<T, F: FnMut(Vec<T>)> Drop for Rest<T, F> {
    fn drop(&mut self) {
        if !self.items.is_empty() {
            (self.back)(std::mem::take(&mut self.items).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_done_goes_back() {
        let mut back = Vec::new();
        let mut rest = Rest::new(vec![1, 2, 3], |left| back.extend(left));
        assert_eq!((rest.first(), rest.first()), (Some(&1), Some(&1)));
        rest.done();
        drop(rest);
        assert_eq!(back, [2, 3]);
        drop(Rest::new(Vec::<u8>::new(), |_| panic!("there is nothing")));
    }
}
