-- One run in a folder: its rounds, tasks, results and models.
CREATE TABLE runs(
    run TEXT PRIMARY KEY, name TEXT NOT NULL, config TEXT NOT NULL, state TEXT NOT NULL, detail TEXT,
    last_sequence INTEGER NOT NULL);
CREATE TABLE coord_lease(
    run TEXT PRIMARY KEY, holder TEXT NOT NULL, term INTEGER NOT NULL, clock INTEGER NOT NULL);
CREATE TABLE agents(
    run TEXT NOT NULL, agent TEXT NOT NULL, boot TEXT NOT NULL, reply_queue TEXT NOT NULL, role TEXT NOT NULL,
    present INTEGER NOT NULL, strikes INTEGER NOT NULL, quarantined INTEGER NOT NULL,
    PRIMARY KEY(run, agent));
CREATE TABLE rounds(
    run TEXT NOT NULL, round INTEGER NOT NULL, state TEXT NOT NULL, needed INTEGER NOT NULL, goal INTEGER NOT NULL, quorum INTEGER NOT NULL,
    opened_at INTEGER NOT NULL, soft_deadline INTEGER NOT NULL, hard_deadline INTEGER NOT NULL, extension INTEGER NOT NULL,
    last_result_at INTEGER NOT NULL, typical_task_ms INTEGER NOT NULL,
    PRIMARY KEY(run, round));
CREATE TABLE tasks(
    run TEXT NOT NULL, round INTEGER NOT NULL, agent TEXT NOT NULL, kind TEXT NOT NULL, attempt INTEGER NOT NULL, lease_epoch INTEGER NOT NULL,
    state TEXT NOT NULL, offered_at INTEGER NOT NULL, last_heard INTEGER NOT NULL, done_at INTEGER, end_code TEXT,
    PRIMARY KEY(run, round, agent, kind));
CREATE TABLE results(
    run TEXT NOT NULL, round INTEGER NOT NULL, agent TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, codec TEXT NOT NULL,
    examples INTEGER NOT NULL, norm_products REAL NOT NULL, norm_saved REAL NOT NULL, metrics TEXT NOT NULL,
    PRIMARY KEY(run, round, agent));
CREATE TABLE refusals(
    run TEXT NOT NULL, round INTEGER NOT NULL, agent TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY(run, round, agent));
CREATE TABLE manifests(
    run TEXT NOT NULL, round INTEGER NOT NULL, position INTEGER NOT NULL, agent TEXT NOT NULL, reason TEXT,
    PRIMARY KEY(run, round, position), UNIQUE(run, round, agent));
CREATE TABLE models(
    run TEXT NOT NULL, round INTEGER NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, chunk_size INTEGER NOT NULL, codec TEXT NOT NULL,
    figures TEXT, modules TEXT,
    PRIMARY KEY(run, round));
CREATE TABLE evaluations(
    run TEXT NOT NULL, round INTEGER NOT NULL, agent TEXT NOT NULL, examples INTEGER NOT NULL, metrics TEXT NOT NULL,
    PRIMARY KEY(run, round, agent));
CREATE TABLE events(
    run TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY(run, sequence));
CREATE TABLE outbox(
    id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, kind TEXT NOT NULL, agent TEXT, round INTEGER NOT NULL, body TEXT);
