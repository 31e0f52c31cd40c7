# The frame
skip = Skip to the page
menu = Pages
nav-summary = Summary
nav-sessions = Sessions
nav-account = My account
nav-people = People
nav-projects = Projects
nav-resource-groups = Resource groups
nav-policies = Policies
nav-agents = Agents
nav-manage = Manage
theme = Light or dark
sign-out = Sign out
role-superadmin = Superadmin
role-admin = Domain admin
role-user = User
role-monitor = Monitor
close = Close
cancel = Cancel
save = Save
remove = Remove
apply = Apply
columns-here = Show in this address only
columns-here-hint = The columns go into the address of the page, for a link or a view; what is kept for you stays.
back = Back
usual = As usual
download = Download
name = Name
id = Id
failed = That did not work
request-failed = The server did not answer. Nothing was changed as far as is known; try again.
nothing-here = There is nothing here.
to-start = To the start
manager-away = The manager is not reached.
manager-away-hint = This page asks again by itself until it is there.
foreign-manager = This manager is none of Rollcall's.
foreign-manager-hint = It keeps no list that these pages could show. Clients in session mode and its own WebUI may use this address (/server and /func).

# Signing in
sign-in = Sign in
sign-in-how = How to sign in
sign-in-email = E-mail
sign-in-key = Access key
email = E-mail
password = Password
access-key = Access key
secret-key = Secret key
sign-in-wrong = E-mail and password do not match.
sign-in-wrong-key = Access key and secret key do not match.
sign-in-too-many = Too many tries. Wait a while before the next.
sign-in-failed = The server could not sign you in. Try again in a moment.

# The list
tabs = Sessions by state
tab-running = Running
tab-finished = Finished
tab-others = Others
tab-running-hint = On their way, in use, or being ended
tab-finished-hint = Over, or cancelled before they ran
tab-others-hint = Failed, or hanging in their ending
column-number = Number
column-session = Session
column-owner = Owner
column-access-key = Access key
column-project = Project
column-status = Status
column-controls = Controls
column-configuration = Configuration
column-usage = Usage
column-reservation = Started
column-agent = Agent
columns = Columns and page size
page-size = Page size
rows-count = { $count } rows
move-up = Move up
move-down = Move down
sort = Sort
sort-hint = Sort by this; with Shift also by this
sort-ascending = Ascending: turn round
sort-descending = Descending: turn round
sort-usual = The newest change first.
sort-add = Then by
search = Search sessions
search-placeholder = Search: words, or a filter such as status == "RUNNING"
search-help = Words find sessions by what their row shows. A filter compares fields: name ilike "%train%" & cluster_size > 1
search-clear = Clear the search
hints = Suggestions
hint-key = field
hint-value = value
op-equal = is
op-not-equal = is not
op-contains = contains
op-like = like, with % for anything
op-isnot = is not (null)
op-more = more or later than
op-less = less or earlier than
op-in = is one of
views = Saved views
views-none = None yet. A view keeps tab, search, order and size.
view-name = Name of this view
view-rename = Rename the view { $name }
view-nameless = A view needs a name.
view-taken = There is another view of this name.
view-gone = This view is no longer kept.
views-full = { $most } views are kept at most. Forget one first.
view-forget = Forget the view { $name }
export = Export
export-hint = All rows of this tab and search, not this page alone.
pager = Pages of the list
pager-total = { $first }–{ $last } of { $total }
page = Page
of-pages = of { $pages }
previous = Previous
next = Next
first-page = To the first page
empty-running = Nothing is running.
empty-running-hint = A session is a place with cores and memory of its own to work in.
empty-finished = Nothing has finished yet.
empty-finished-hint = Sessions stay here once they are over, with what they used.
empty-others = Nothing has gone wrong.
empty-others-hint = Sessions that failed, or that hang in their ending, show here.
empty-search = No session matches.
empty-search-hint = The search looks through all pages of this tab.
empty-page = There is nothing on this page any more.
live-connecting = Connecting
live-on = Live
live-lost = Reconnecting
live-poll = Every few seconds
mark-all = Mark all on this page
mark-one = Mark { $name }
marks-pattern = % marked
marks-pattern-elsewhere = % marked, # of them not on this page
terminals-marked = Terminals
unmark = Unmark
type-batch = Batch
cluster-nodes = Nodes
cluster-containers = Containers
folders-count = { $count ->
    [one] { $count } folder
   *[other] { $count } folders
}
control-terminal = Open the terminal
control-logs = Logs
control-restart = Restart
control-again = Launch again
control-terminate = Terminate
use-cpu = CPU { $used } of { $of }
use-mem = { $used } of { $of }
use-io = Read and written a second
use-curve = Processor use of the last ten minutes
used-cpu = CPU { $time }
used-mem = max { $most } GiB
used-io = Read and written altogether
use-idle = idle

# States
status-pending = Waiting
status-scheduled = Scheduled
status-preparing = Preparing
status-building = Building
status-pulling = Pulling
status-running = Running
status-restarting = Restarting
status-resizing = Resizing
status-suspended = Suspended
status-terminating = Ending
status-terminated = Ended
status-error = Error
status-cancelled = Cancelled
result-failure = The batch command failed.
reason-user-requested = Somebody ended it.
reason-force-terminated = An administrator ended it by force.
reason-self-terminated = It ended by itself.
reason-task-finished = Its batch command is done.
reason-task-done = Its batch command is done.
reason-task-failed = Its batch command failed.
reason-task-timeout = Its batch command took too long.
reason-task-cancelled = Its batch command was cancelled.
reason-failed-to-start = It could not be started.
reason-creation-failed = It could not be started.
reason-container-start-failed = Its container could not be started.
reason-predicate-checks-failed = It waits for a limit to allow it.
reason-no-available-instances = It waits for a machine with room for it.
reason-scheduler-error = The scheduler failed on it and tries again.
reason-scheduled = A machine is reserved for it.
reason-idle-timeout = It was idle for longer than its policy allows.
reason-idle-utilization = It used too little of what it held.
reason-session-lifetime = It reached the lifetime its policy allows.
reason-operation-timeout = An operation on it took too long.
reason-agent-error = Its machine reported an error.
reason-other-error = An operation on it failed.
reason-missing-agent-allocation = It had no machine.
reason-agent-termination = Its machine was taken out of service.
reason-killed-by-event = It was killed.
reason-restart-timeout = Restarting it took too long.
reason-exec-timeout = Something in it took too long.
reason-already-terminated = It was over already.
reason-terminated-unknown-container = Its container was not there any more.
reason-new-container-started = A new container was started.
reason-resuming-agent-operation = Its machine came back.
reason-restarting = It is being restarted.

# One session
detail = Details of a session
copy-link = Copy link
copied = Copied:
project = Project
image = Image
resource-group = Resource group
created = Created
starts-at = Starts at
ended = Ended
batch-command = Batch command
result = Result
mounts = Folders
rename = Rename
usage = Usage
usage-words = CPU { $cpu } cores, { $time } altogether. Memory { $mem } GiB, at most { $most } GiB. Read { $read }, written { $written }.
chart-cpu = CPU, cores
chart-mem = Memory, GiB
chart-none = There is no curve of it.
history = History
containers-count = { $count ->
    [one] Container
   *[other] { $count } containers
}
container = Container
exit-code = Exit code
environment = Environment
waiting-ahead = { $count ->
    [one] One session is considered before it.
   *[other] { $count } sessions are considered before it.
}
ends-idle = Ends when idle, in
ends-lifetime = Its lifetime ends in
extend-by = Extend by { $time }
extend-done = It may run longer now.
rename-done = It has its new name.
restart-done = It was restarted.
restart-title = Restart { $name }?
restart-warning = Every program in it ends. Its home stays as it is.

# Ending
terminate-title = { $count ->
    [one] Terminate this session?
   *[other] Terminate { $count } sessions?
}
terminate-none = None of these can be ended by you now.
terminate-left = { $count ->
    [one] One of those marked can not be ended now and is left alone.
   *[other] { $count } of those marked can not be ended now and are left alone.
}
terminate-warning = What runs in it ends at once. Files outside of mounted folders are lost.
terminate-forced-warning = It cannot be ended in order; its containers may be left behind and are cleaned up later.
terminate-force = Force those that cannot be ended in order
terminate-now = Terminate
terminate-force-now = End by force
terminate-marked = Terminate
terminated-title = { $count ->
    [one] The session has ended
   *[other] { $count } sessions have ended
}
terminated-some-title = { $count ->
    [one] One session could not be ended
   *[other] { $count } sessions could not be ended
}
terminated-one = Ended

# Starting
launch = Launch
launch-title = Launch a session
launch-more = More: environment, batch command, start time, containers
launch-any-group = The first with room
launch-name-placeholder = made up if left empty
launch-name-taken = You have a session of this name that has not ended.
launch-name-hint = 4 to 64 letters, digits, - _ .
launch-environ-hint = One NAME=value a line.
launch-environ-wrong = “{ $line }” is not NAME=value.
launch-command-hint = With a command it is a batch session, which ends with it.
launch-starts-hint = For batch sessions: not before this.
launch-cluster = Containers
launch-cluster-hint = Each has the amounts above.
launch-cluster-mode = Where they stand
cluster-single-node = On one machine
cluster-multi-node = On several machines
launch-bootstrap = Bootstrap script
launch-bootstrap-hint = Runs in the shell before anything else.
tag = Tag
launched = { $name } is on its way.
presets = Presets
preset-no-room = There is no room for this within your quota.
memory = Memory
memory-gib = Memory, GiB
shared-memory = Shared memory
left-of-quota = { $left } left
left-words = { $cpu } CPU, { $mem } left
not-a-number = This is not a number.
not-a-moment = This is not a date and time, such as 2030-01-31T09:30.
quotas = Your quotas
quotas-unknown = Quotas are not known now.
quota-of-project = In the project { $project }, as of this time
quota-of = { $name }: { $used } in use of { $limit }

# Logs and terminals
logs-of = Log of { $name }
logs-find = Find in the log
logs-follow = Follow
logs-wrap = Wrap lines
logs-empty = Nothing was printed yet.
terminals = Terminals
terminals-none = No terminal is chosen.
terminals-none-hint = Mark running sessions in the list and press t.
terminal-of = Terminal of { $name }

# Keys
keys-title = Keys
keys-search = Search
keys-move = Next and previous row
keys-open = Open the row
keys-mark = Mark the row
keys-terminal = Terminal of the row, or of all marked
keys-logs = Log of the row
keys-launch = Launch a session
keys-terminate = Terminate the marked, or the row
keys-close = Close what is open
keys-help = These keys

# The terminal
terminal = Terminal
terminal-connecting = Connecting …
terminal-lost = The connection was lost. Connecting again …
terminal-ended = The session has ended, or is none of yours.
terminal-again = The connection was lost. Open the terminal again from the list of sessions.
terminal-missing = This build has no terminal: { $reason }.
terminal-noscript = The terminal needs JavaScript.

# Pages beside the list
summary-all = Of everybody
summary-domain = Of your domain
summary-own = Yours
summary-groups = Resource groups
summary-left = left
summary-problems = Newest problems
account-who = Who
domain = Domain
role = Role
policy = Resource policy
language = Language
theme-light = Light
theme-dark = Dark
theme-system = As the system
account-password = Password
password-old = Password now
password-new = New password
password-again = New password again
password-hint = At least 8 characters.
password-change = Change the password
password-differs = The two new passwords differ.
ssh-key = SSH key
ssh-none = None yet.
ssh-once = The private half is shown this once. Keep it.
ssh-new = New SSH key
ssh-made = There is a new SSH key.
logins = Where you are signed in
login-where = Address
login-with = With
login-since = Since
login-seen = Last seen
login-this = This one
login-end = End
people-new = New person
people-add = Add
people-none = Nobody is here.
people-added = { $email } is in.
people-sessions = Their sessions
people-password-hint = Left empty, it stays.
keys-once = These keys are shown this once.
state = State
active = Active
inactive = Inactive
enable = Enable
disable = Disable
keys = Keypairs
key-new = New keypair
key-made = There is a new keypair.
key-this = In use here
key-last-used = Signed with last
key-never-used = Never
project-new = New project
description = Description
limits = Limits
limits-hint = NAME=AMOUNT, with blanks between; left empty, it stays as it is.
add = Add
members = Members
member-add = Somebody to add
member-unknown = Nobody here has the address { $email }.
member-remove-title = Remove { $email } from { $name }?
member-remove-warning = They can start no more sessions in this project. Those that run go on.
project-disable-title = Disable the project { $name }?
project-disable-warning = Nobody can start sessions in it until it is enabled again. Those that run go on.
group-disable-title = Disable the resource group { $name }?
group-disable-warning = No session starts there until it is enabled again. Those that run go on.
group-deny-title = Take the resource group { $name } from the domain { $domain }?
group-deny-warning = Nobody of the domain can start sessions there any more, unless their project or key is allowed to. Those that run go on.
policy-remove-title = Remove the policy { $name }?
policy-remove-warning = It cannot be brought back. While keypairs have it, it is not removed.
people-disable-title = Disable { $email }?
people-disable-warning = They cannot sign in, and their keypairs sign nothing, until they are enabled again. Sessions that run go on.
key-disable-title = Disable the keypair { $key }?
key-disable-warning = It signs nothing until it is enabled again. Sessions that run go on.
group-new = New resource group
scheduler = Order
scheduler-fifo = First come, first served
scheduler-lifo = Last come, first served
scheduler-drf = By fair shares
group-domains = Domains
group-allow = Allow
group-deny = Deny
policy-new = New policy
policy-containers = Containers
policy-idle = Idle
policy-lifetime = Lifetime
policy-idle-seconds = Idle for at most, seconds
policy-lifetime-seconds = Lifetime, seconds
policy-extension-seconds = May be extended by, seconds
change = Change
agents-none = No agent is known.
agent-alive = Alive
members-count = { $count ->
    [one] One member
   *[other] { $count } members
}
