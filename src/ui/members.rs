//! Who is in an organization.

use super::{
    components::{
        AskFirst, Button, Errors, FormError, LinkButton, Notice, PageHeader, SecretOnce, SelectField, TextField,
        TimeText, Tone,
    },
    layout::{Frame, Layout, Section},
    permissions::PermissionTable,
};
use crate::model::{
    id::UserId,
    member::{Invitation, Member},
    organization::Role,
    time::Time,
};
use leptos::prelude::*;

/// Why the person may not do something; none where they may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    pub manage: Option<String>,
    pub owners: Option<String>,
}

/// What was typed into the form for an invitation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub email: String,
    pub role: String,
}

/// Members, invitations, and what each role may do.
#[component]
pub fn Members(
    frame: Frame,
    members: Vec<Member>,
    invitations: Vec<Invitation>,
    rights: Rights,
    /// The person who looks.
    this: Option<UserId>,
    /// The link of the invitation that was just made.
    link: Option<String>,
    by_mail: bool,
    now: Time,
    draft: Draft,
    errors: Errors,
) -> impl IntoView {
    let base = frame.path("");
    let (row_base, row_rights) = (base.clone(), rights.clone());
    let rows = members.into_iter().map(move |member| {
        let is_this = this == Some(member.user_id);
        view! { <MemberRow member base=row_base.clone() rights=row_rights.clone() is_this now/> }
    });
    view! {
        <Layout frame section=Section::Members>
            <PageHeader title="Members" lead="Who can open this organization, and what they may do."/>
            <div class="stack">
                <FormError errors=errors.clone()/>
                {link.map(|link| view! { <NewLink link by_mail/> })}
                <div class="table-box"><table class="table cards">
                    <thead><tr>
                        <th scope="col">"Name"</th><th scope="col">"Role"</th><th scope="col">"Joined"</th>
                        <th scope="col"><span class="only-heard">"Actions"</span></th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table></div>
                <Pending invitations base=base.clone() now/>
                <Invite base rights draft errors/>
                <PermissionTable/>
            </div>
        </Layout>
    }
}

/// The link of a new invitation, shown this once.
#[component]
fn NewLink(link: String, by_mail: bool) -> impl IntoView {
    let text = if by_mail {
        "The invitation was sent by mail. You can also hand over its link, which is shown only now:"
    } else {
        "This installation sends no mail. Hand over the link, which is shown only now:"
    };
    view! { <Notice><p>{text}</p><SecretOnce text=link what="invitation link" replaceable=true/></Notice> }
}

/// Roles to choose from; only an owner may choose owner.
fn role_options(rights: &Rights) -> Vec<(String, String)> {
    let open = |role: &Role| *role != Role::Owner || rights.owners.is_none();
    Role::ALL.into_iter().filter(open).map(|role| (role.as_str().into(), role.label().into())).collect()
}

#[component]
fn MemberRow(member: Member, base: String, rights: Rights, is_this: bool, now: Time) -> impl IntoView {
    let off = match member.role {
        Role::Owner => rights.manage.clone().or_else(|| rights.owners.clone()),
        _ => rights.manage.clone(),
    };
    let user = member.user_id;
    let name = member.name.clone();
    // What the buttons stand for, where only they are heard.
    let (role_of, whom) = (format!(" the role of {name}"), format!(" {name}"));
    let role = member.role;
    let disabled = off.is_some();
    let options = if disabled { vec![(role.as_str().into(), role.label().into())] } else { role_options(&rights) };
    let options = options.into_iter().map(|(key, text): (String, String)| {
        let selected = key == role.as_str();
        view! { <option value=key selected=selected>{text}</option> }
    });
    let change = view! {
        <form class="row" method="post" action=format!("{base}members/{user}/role")>
            <select class="select" name="role" disabled=disabled aria-label=format!("Role of {name}")>{options.collect_view()}</select>
            <Button small=true off=off.clone()>"Change"<span class="only-heard">{role_of}</span></Button>
        </form>
    };
    let leave = match is_this {
        true => view! {
            <LinkButton href=format!("{base}members/leave") small=true>"Leave"</LinkButton>
        }
        .into_any(),
        false => view! {
            <LinkButton href=format!("{base}members/{user}/remove") small=true tone=Tone::Danger off>
                "Remove"<span class="only-heard">{whom}</span>
            </LinkButton>
        }
        .into_any(),
    };
    view! {
        <tr>
            <th scope="row"><div><div>{member.name}{is_this.then_some(" (you)")}</div><div class="muted">{member.email}</div></div></th>
            <td data-label="Role">{change}</td>
            <td data-label="Joined"><TimeText at=member.joined_at now/></td>
            <td class="end">{leave}</td>
        </tr>
    }
}

/// Invitations that nobody accepted yet.
#[component]
fn Pending(invitations: Vec<Invitation>, base: String, now: Time) -> impl IntoView {
    if invitations.is_empty() {
        return ().into_any();
    }
    let row = move |one: Invitation| {
        let path = format!("{base}invitations/{}", one.id);
        let (to, of) = (format!(" to {}", one.email), format!(" the invitation of {}", one.email));
        let ends = if one.expires_at > now { "Ends " } else { "Ended " };
        view! {
            <tr>
                <th scope="row">{one.email}</th>
                <td data-label="Role">{one.role.label()}</td>
                <td data-label="Link"><span>{ends}<TimeText at=one.expires_at now/></span></td>
                <td class="end"><div class="row">
                    <form method="post" action=format!("{path}/resend")>
                        <Button small=true>"Send a new link"<span class="only-heard">{to}</span></Button>
                    </form>
                    <form method="post" action=format!("{path}/withdraw")>
                        <Button small=true tone=Tone::Danger>"Withdraw"<span class="only-heard">{of}</span></Button>
                    </form>
                </div></td>
            </tr>
        }
    };
    view! {
        <section>
            <h2 id="invited">"Invited"</h2>
            <div class="table-box"><table class="table cards">
                <thead><tr>
                    <th scope="col">"Email"</th><th scope="col">"Role"</th><th scope="col">"Link"</th>
                    <th scope="col"><span class="only-heard">"Actions"</span></th>
                </tr></thead>
                <tbody>{invitations.into_iter().map(row).collect_view()}</tbody>
            </table></div>
        </section>
    }
    .into_any()
}

/// The form for an invitation.
#[component]
fn Invite(base: String, rights: Rights, draft: Draft, errors: Errors) -> impl IntoView {
    let role = if draft.role.is_empty() { Role::Member.as_str().to_string() } else { draft.role };
    let (options, disabled) = (role_options(&rights), rights.manage.is_some());
    view! {
        <section class="card">
            <header><h2 id="invite">"Invite somebody"</h2></header>
            <form class="form" method="post" action=format!("{base}members")>
                <TextField name="email" label="Email" kind="email" value=draft.email required=true disabled
                    autocomplete="off" errors=errors.clone()
                    help="Only the person with this address can accept. The link works for 7 days, once."/>
                <SelectField name="role" label="Role" options value=role disabled errors/>
                <div class="actions"><Button tone=Tone::Primary off=rights.manage>"Invite"</Button></div>
            </form>
        </section>
    }
}

/// Asks before a member is removed.
#[component]
pub fn RemoveMember(frame: Frame, member: Member) -> impl IntoView {
    let action = frame.path(&format!("members/{}/remove", member.user_id));
    let back = frame.path("members");
    let organization = frame.organization.name.clone();
    view! {
        <Layout frame section=Section::Members narrow=true>
            <PageHeader title=format!("Remove {}?", member.name)/>
            <AskFirst action does="Remove" back keeps="Keep">
                <p>{format!("{} ({}) can no longer open {organization}, from the next click on. What they made stays.", member.name, member.email)}</p>
            </AskFirst>
        </Layout>
    }
}

/// Asks once more before one's own way in is given up.
#[component]
pub fn LeaveOrganization(frame: Frame) -> impl IntoView {
    let (action, back) = (frame.path("members/leave"), frame.path("members"));
    let organization = frame.organization.name.clone();
    view! {
        <Layout frame section=Section::Members narrow=true>
            <PageHeader title=format!("Leave {organization}?")/>
            <AskFirst action does="Leave" back keeps="Stay">
                <p>{format!("You can no longer open {organization}, until somebody invites you again. What you made stays.")}</p>
            </AskFirst>
        </Layout>
    }
}
