//! Many rows with one statement. A statement costs some 20 µs whatever it carries, so rows go in
//! batches of a few fixed sizes, which keeps the number of prepared statements small.

use sqlx::{Database, Encode, QueryBuilder, Type};

const SIZES: [usize; 7] = [128, 32, 16, 8, 4, 2, 1];

/// Cuts rows into batches, the largest first.
pub fn batches<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (batch, rest) = rows.split_at(size);
        rows = rest;
        Some(batch)
    })
}

/// Writes `(…, …)` with each value bound.
pub fn push_list<DB: Database, T>(query: &mut QueryBuilder<DB>, values: &[T])
where
    T: for<'t> Encode<'t, DB> + Type<DB> + Copy,
{
    query.push("(");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(*value);
    }
    query.push(")");
}

#[cfg(test)]
mod tests {
    #[test]
    fn batches_hold_every_row_once_in_order() {
        for length in [0, 1, 7, 128, 300] {
            let rows: Vec<usize> = (0..length).collect();
            let found: Vec<usize> = super::batches(&rows).flatten().copied().collect();
            assert_eq!(found, rows);
        }
        assert_eq!(super::batches(&[0; 300]).map(<[_]>::len).collect::<Vec<_>>(), [128, 128, 32, 8, 4]);
    }
}
