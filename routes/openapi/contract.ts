/**
 * What each request is for, and what it may be answered with: a row a route, which is why this is long.
 * What a request consists of is not said here: the routes themselves know it (`document.ts`).
 */
import type * as z from "zod";
import * as answers from "../../lib/protocol/answers.ts";
import { DELETION_DAYS, type ErrorCode } from "../../lib/protocol/codes.ts";
import * as model from "../../lib/protocol/model.ts";

/** The content of an answer: JSON of a schema, a type of its own, or none. */
export type Content = z.ZodType | { readonly type: string } | undefined;

export type Row = {
  /** Its name in programs. */
  readonly id: string;
  readonly group: keyof typeof GROUPS;
  readonly summary: string;
  /** By status. */
  readonly answers: Readonly<Record<number, Content>>;
  /** Codes that only this route's own work leads to; the others come from what it asks for. */
  readonly refusals?: readonly ErrorCode[];
  /** The same, where another protocol that this route speaks has a status of its own for it. */
  readonly ownStatuses?: Readonly<Record<number, ErrorCode>>;
  /** The refresh cookie counts here as well. */
  readonly cookie?: true;
};

export const GROUPS = {
  "Account": "Making an account, and what belongs to it.",
  "Sessions": "Signing in, staying signed in, and the way to a socket.",
  "People": "Finding people, contacts and blocks.",
  "Conversations": "The list, and what is in it.",
  "Groups": "Conversations of more than two.",
  "Files": "Sending files, and reading those that were sent.",
  "Invitations": "Links that let people in.",
  "Operators": "For those whose addresses the server's configuration names.",
  "Service": "How this server is, and what it says about itself.",
} as const;

const { Conversation, ConversationDetails, InvitePreview, SessionGrant } = model;

/** Of a file, whole or in part; of one that whoever asks has already. */
const FILE_ANSWERS = {
  200: { type: "*/*" },
  206: { type: "*/*" },
  304: undefined,
};
/** A part that it does not have. */
const NO_SUCH_PART = { 416: "invalid" } as const;

/** Another version of the protocol; another checksum. */
const TUS_STATUSES = { 412: "conflict", 460: "invalid" } as const;

export const CONTRACT: Readonly<Record<string, Row>> = {
  "POST /verification-codes": {
    id: "requestCode",
    group: "Account",
    summary: "Have a code mailed to an address",
    answers: { 202: answers.CodeSent },
  },
  "POST /accounts": {
    id: "createAccount",
    group: "Account",
    summary: "Make an account with a code, and sign in",
    answers: { 201: SessionGrant },
    refusals: ["code-wrong", "code-expired", "conflict", "gone"],
  },
  "POST /password-resets": {
    id: "resetPassword",
    group: "Account",
    summary: "Set another password with a code; every session ends",
    answers: { 204: undefined },
    refusals: ["code-wrong", "code-expired"],
  },
  "GET /me": {
    id: "readMe",
    group: "Account",
    summary: "Read one's own account",
    answers: { 200: model.Me },
  },
  "PATCH /me": {
    id: "changeMe",
    group: "Account",
    summary: "Change one's own profile",
    answers: { 200: model.Me },
    refusals: ["not-found"],
  },
  "GET /me/storage": {
    id: "readStorage",
    group: "Files",
    summary: "See how much room one's files take up, and how much they may",
    answers: { 200: answers.Storage },
  },
  "POST /me/password": {
    id: "changePassword",
    group: "Account",
    summary: "Change one's password; all other sessions end",
    answers: { 204: undefined },
    refusals: ["credentials", "conflict"],
  },
  "POST /me/email": {
    id: "changeEmail",
    group: "Account",
    summary: "Take another e-mail address, with a code that was mailed there",
    answers: { 200: model.Me },
    refusals: ["credentials", "code-wrong", "code-expired", "conflict"],
  },
  "POST /me/deletion": {
    id: "deleteAccount",
    group: "Account",
    summary: `Have one's account deleted in ${DELETION_DAYS} days, unless one signs in again`,
    answers: { 202: answers.DeletionDate },
    refusals: ["credentials", "conflict"],
  },
  "GET /me/security-events": {
    id: "listSecurityEvents",
    group: "Account",
    summary: "Read what happened to one's own account, the newest first",
    answers: { 200: answers.SecurityEventPage },
  },
  "POST /sessions": {
    id: "signIn",
    group: "Sessions",
    summary: "Sign in",
    answers: { 201: SessionGrant },
    refusals: ["credentials"],
  },
  "POST /sessions/refresh": {
    id: "refreshSession",
    group: "Sessions",
    summary: "Exchange a refresh token for new tokens",
    answers: { 200: SessionGrant },
    refusals: ["unauthenticated"],
    cookie: true,
  },
  "DELETE /sessions/current": {
    id: "signOut",
    group: "Sessions",
    summary: "Sign out",
    answers: { 204: undefined },
  },
  "GET /sessions": {
    id: "listSessions",
    group: "Sessions",
    summary: "See where one is signed in",
    answers: { 200: answers.SessionList },
  },
  "DELETE /sessions/others": {
    id: "endOtherSessions",
    group: "Sessions",
    summary: "Sign out everywhere else",
    answers: { 204: undefined },
  },
  "DELETE /sessions/:id": {
    id: "endSession",
    group: "Sessions",
    summary: "End one of one's own sessions",
    answers: { 204: undefined },
  },
  "POST /tickets": {
    id: "createTicket",
    group: "Sessions",
    summary: "Get a ticket for one connection to a chat node",
    answers: { 201: answers.TicketGrant },
  },
  "GET /users": {
    id: "findUsers",
    group: "People",
    summary: "Find people by their name or address",
    answers: { 200: answers.FoundUsers },
  },
  "GET /users/:id": {
    id: "readUser",
    group: "People",
    summary: "Read a person, and how one stands to them",
    answers: { 200: model.RelatedUser },
  },
  "GET /contacts": {
    id: "listContacts",
    group: "People",
    summary: "List contacts, open requests and blocked people",
    answers: { 200: model.ContactLists },
  },
  "PATCH /contacts/:user": {
    id: "changeContact",
    group: "People",
    summary: "Call a contact by another name",
    answers: { 200: model.Contact },
  },
  "DELETE /contacts/:user": {
    id: "removeContact",
    group: "People",
    summary: "Remove a contact, on both sides",
    answers: { 204: undefined },
  },
  "POST /contact-requests": {
    id: "requestContact",
    group: "People",
    summary: "Ask a person to be a contact; who has asked already is accepted by that",
    answers: { 200: answers.NewContact, 201: model.ContactRequest },
    refusals: ["not-contact", "not-found", "conflict", "gone"],
  },
  "POST /contact-requests/:id/accept": {
    id: "acceptContactRequest",
    group: "People",
    summary: "Accept a request for contact",
    answers: { 200: answers.NewContact },
    refusals: ["not-contact", "gone"],
  },
  "POST /contact-requests/:id/decline": {
    id: "declineContactRequest",
    group: "People",
    summary: "Decline a request for contact",
    answers: { 204: undefined },
  },
  "DELETE /contact-requests/:id": {
    id: "withdrawContactRequest",
    group: "People",
    summary: "Take one's own request for contact back",
    answers: { 204: undefined },
  },
  "PUT /blocks/:user": {
    id: "blockUser",
    group: "People",
    summary: "Block a person",
    answers: { 204: undefined },
    refusals: ["conflict"],
  },
  "DELETE /blocks/:user": {
    id: "unblockUser",
    group: "People",
    summary: "Lift a block",
    answers: { 204: undefined },
    refusals: ["conflict"],
  },
  "GET /conversations": {
    id: "listConversations",
    group: "Conversations",
    summary: "List one's conversations, the latest activity first",
    answers: { 200: answers.ConversationPage },
  },
  "POST /conversations": {
    id: "openConversation",
    group: "Conversations",
    summary: "Open the conversation with a contact, or make a group",
    answers: { 200: Conversation, 201: Conversation },
    refusals: ["not-contact", "not-found", "not-member", "conflict", "gone"],
  },
  "GET /conversations/:id": {
    id: "readConversation",
    group: "Conversations",
    summary: "Read a conversation and who is in it",
    answers: { 200: Conversation.or(ConversationDetails) },
    refusals: ["not-member"],
  },
  "PATCH /conversations/:id/me": {
    id: "changeOwnSettings",
    group: "Conversations",
    summary: "Change what one chose for a conversation: mute, pin, hide, draft",
    answers: { 200: model.OwnSettings },
    refusals: ["not-member"],
  },
  "GET /conversations/:id/messages": {
    id: "listMessages",
    group: "Conversations",
    summary: "Read a page of messages",
    answers: { 200: answers.MessagePage },
    refusals: ["not-member"],
  },
  "GET /conversations/:id/changes": {
    id: "listChanges",
    group: "Conversations",
    summary: "Read what changed after a revision",
    answers: { 200: answers.ChangePage },
    refusals: ["not-member"],
  },
  "GET /conversations/:id/pins": {
    id: "listPins",
    group: "Conversations",
    summary: "Read the messages that were pinned last",
    answers: { 200: answers.PinnedMessages },
    refusals: ["not-member"],
  },
  "PATCH /conversations/:id": {
    id: "changeGroup",
    group: "Groups",
    summary: "Change a group's title, avatar, announcement or whether newcomers see its history",
    answers: { 200: Conversation },
    refusals: ["forbidden", "not-member"],
  },
  "POST /conversations/:id/members": {
    id: "addMembers",
    group: "Groups",
    summary: "Bring contacts into a group",
    answers: { 200: answers.AddedMembers },
    refusals: ["forbidden", "not-contact", "not-member", "conflict"],
  },
  "PATCH /conversations/:id/members/:user": {
    id: "changeMember",
    group: "Groups",
    summary: "Give a member another role, or silence them",
    answers: { 200: model.Member },
    refusals: ["forbidden", "not-member", "conflict"],
  },
  "DELETE /conversations/:id/members/:user": {
    id: "removeMember",
    group: "Groups",
    summary: "Remove a member, or leave",
    answers: { 204: undefined },
    refusals: ["forbidden", "not-member"],
  },
  "OPTIONS /files": {
    id: "readUploadOptions",
    group: "Files",
    summary: "Read what of the tus protocol is spoken here",
    answers: { 204: undefined },
  },
  "POST /files": {
    id: "createUpload",
    group: "Files",
    summary: "Begin an upload, or put parts together (tus 1.0.0: creation, concatenation)",
    answers: { 201: undefined },
    refusals: ["invalid", "conflict"],
    ownStatuses: TUS_STATUSES,
  },
  "PATCH /files/:id": {
    id: "continueUpload",
    group: "Files",
    summary: "Go on with an upload; `HEAD` of the same address says from where (tus 1.0.0)",
    answers: { 204: undefined },
    refusals: ["invalid", "conflict"],
    ownStatuses: TUS_STATUSES,
  },
  "POST /files/instant": {
    id: "linkFile",
    group: "Files",
    summary: "Have a file without an upload, of what is here already and one has",
    answers: { 200: answers.FileChallenge, 201: model.Attachment },
    refusals: ["not-found", "unsupported"],
  },
  "GET /files/:id": {
    id: "readFile",
    group: "Files",
    summary: "Read a file, or with `Range` a part of it",
    answers: FILE_ANSWERS,
    ownStatuses: NO_SUCH_PART,
  },
  "GET /files/:id/thumbnail": {
    id: "readThumbnail",
    group: "Files",
    summary: "Read a file's small picture",
    answers: FILE_ANSWERS,
    ownStatuses: NO_SUCH_PART,
  },
  "GET /files/:id/content": {
    id: "readFileByLink",
    group: "Files",
    summary: "Read a file by a link, with the rights of whoever made it",
    answers: FILE_ANSWERS,
    ownStatuses: NO_SUCH_PART,
    refusals: ["gone", "unauthenticated"],
  },
  "PUT /files/:id/description": {
    id: "describeFile",
    group: "Files",
    summary:
      "Say of one's own file how it looks or sounds: a small picture, a blurred one, a waveform",
    answers: { 200: model.Attachment },
    refusals: ["conflict"],
  },
  "POST /files/:id/links": {
    id: "createFileLink",
    group: "Files",
    summary: "Make an address of a file that needs no header, for a while",
    answers: { 201: answers.FileLink },
  },
  "GET /files/:id/attachment": {
    id: "readAttachment",
    group: "Files",
    summary: "Read what a message would tell of a file",
    answers: { 200: model.Attachment },
  },
  "DELETE /files/:id": {
    id: "letGoOfFile",
    group: "Files",
    summary: "Let go of one's own file: what it was sent in goes on to hold it",
    answers: { 204: undefined },
  },
  "GET /link-previews": {
    id: "findLinkPreview",
    group: "Files",
    summary: "Read what a page says about itself that a message names",
    answers: { 200: answers.FoundLinkPreview },
  },
  "GET /link-previews/:id/image": {
    id: "readLinkPreviewImage",
    group: "Files",
    summary: "Read the picture of a link's preview",
    answers: FILE_ANSWERS,
  },
  "POST /conversations/:id/invites": {
    id: "createGroupInvite",
    group: "Invitations",
    summary: "Make a link into a group",
    answers: { 201: model.Invite },
    refusals: ["forbidden", "not-member"],
  },
  "DELETE /conversations/:id/invites": {
    id: "revokeGroupInvites",
    group: "Invitations",
    summary: "End all links into a group",
    answers: { 204: undefined },
    refusals: ["forbidden", "not-member"],
  },
  "POST /me/invites": {
    id: "createPersonalInvite",
    group: "Invitations",
    summary: "Make a link that makes whoever has it a contact",
    answers: { 201: model.Invite },
  },
  "DELETE /me/invites": {
    id: "revokePersonalInvites",
    group: "Invitations",
    summary: "End all of one's personal links",
    answers: { 204: undefined },
  },
  "GET /invites/:token": {
    id: "previewInvite",
    group: "Invitations",
    summary: "See what a link leads to",
    answers: { 200: InvitePreview },
    refusals: ["gone"],
  },
  "POST /invites/:token/accept": {
    id: "acceptInvite",
    group: "Invitations",
    summary: "Follow a link",
    answers: { 200: Conversation },
    refusals: ["gone", "conflict"],
  },
  "PUT /accounts/:user/disabled": {
    id: "disableAccount",
    group: "Operators",
    summary: "Keep a person out: their sessions end, and they cannot sign in",
    answers: { 204: undefined },
    refusals: ["conflict"],
  },
  "DELETE /accounts/:user/disabled": {
    id: "enableAccount",
    group: "Operators",
    summary: "Let that person in again",
    answers: { 204: undefined },
    refusals: ["conflict"],
  },
  "GET /healthz": {
    id: "readLiveness",
    group: "Service",
    summary: "Whether the process is alive",
    answers: { 200: answers.Liveness },
  },
  "GET /readyz": {
    id: "readReadiness",
    group: "Service",
    summary: "Whether the process can serve, and what it depends on",
    answers: { 200: answers.Readiness, 503: answers.Readiness },
  },
  "GET /openapi.json": {
    id: "readDocument",
    group: "Service",
    summary: "This document",
    answers: { 200: { type: "application/json" } },
  },
  "GET /docs": {
    id: "readReference",
    group: "Service",
    summary: "This document as a page for people",
    answers: { 200: { type: "text/html" } },
  },
  "GET /docs/style.css": {
    id: "readReferenceStyle",
    group: "Service",
    summary: "How that page looks",
    answers: { 200: { type: "text/css" } },
  },
};
