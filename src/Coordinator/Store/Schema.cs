namespace EdgeFlora.Coordinator.Store;

/// <summary>Tables of the state folder. The single truth of a run, beside the bodies named by their content.</summary>
internal static class Schema
{
    /// <summary>Kept in SQLite's <c>user_version</c>; a file of another version is refused.</summary>
    public const long Version = 8;

    /// <summary>Makes a file of version 1 one of version 2, which remembers what strategies fold into the base and carry from round to round.</summary>
    private const string From1To2 = "ALTER TABLE models ADD COLUMN base_delta TEXT; ALTER TABLE models ADD COLUMN momentum TEXT;";

    /// <summary>Makes a file of version 2 one of version 3, which remembers how many examples of each class a result is of.</summary>
    private const string From2To3 = "ALTER TABLE results ADD COLUMN class_counts TEXT;";

    /// <summary>Makes a file of version 3 one of version 4, which remembers the noise of private rounds.</summary>
    private const string From3To4 = "CREATE TABLE noise(run TEXT NOT NULL, round INTEGER NOT NULL, key BLOB, PRIMARY KEY(run, round));";

    /// <summary>Makes a file of version 4 one of version 5, which remembers in which round a late result counts.</summary>
    private const string From4To5 = "ALTER TABLE results ADD COLUMN counts_in INTEGER;";

    /// <summary>Makes a file of version 5 one of version 6, which remembers what agents said of their data, how much results weigh and how often a round's aggregation was begun.</summary>
    private const string From5To6 =
        "ALTER TABLE agents ADD COLUMN examples INTEGER NOT NULL DEFAULT 0; ALTER TABLE agents ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 0; "
        + "ALTER TABLE agents ADD COLUMN missed INTEGER NOT NULL DEFAULT 0; ALTER TABLE agents ADD COLUMN took INTEGER NOT NULL DEFAULT 0; "
        + "ALTER TABLE tasks ADD COLUMN counts INTEGER NOT NULL DEFAULT 1; ALTER TABLE tasks ADD COLUMN taken INTEGER NOT NULL DEFAULT 1; "
        + "ALTER TABLE results ADD COLUMN norm_factors REAL NOT NULL DEFAULT 0; ALTER TABLE manifests ADD COLUMN weight REAL; "
        + "ALTER TABLE rounds ADD COLUMN aggregations INTEGER NOT NULL DEFAULT 0; ALTER TABLE rounds ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;";

    /// <summary>
    /// Makes a file of version 6 one of version 7, which holds many runs and a fleet: what the catalogue knows of a run, the agents of the fleet with their histories, answers to commands,
    /// and events that are counted over all runs.
    /// </summary>
    private const string From6To7 = """
        ALTER TABLE runs ADD COLUMN entry TEXT;
        CREATE TABLE fleet(agent TEXT PRIMARY KEY, body TEXT NOT NULL);
        CREATE TABLE fleet_history(id INTEGER PRIMARY KEY AUTOINCREMENT, agent TEXT NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL, run TEXT, by TEXT);
        CREATE INDEX fleet_history_by_agent ON fleet_history(agent, id);
        CREATE TABLE commands(key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL);
        CREATE TABLE service(id TEXT NOT NULL);
        CREATE TABLE events_of_all(
            id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE(run, sequence));
        INSERT INTO events_of_all(run, sequence, at, body) SELECT run, sequence, 0, body FROM events ORDER BY rowid;
        DROP TABLE events;
        ALTER TABLE events_of_all RENAME TO events;
        """;

    /// <summary>Makes a file of version 7 one of version 8, which remembers which agents are enrolled, and the tokens with which others may.</summary>
    private const string From7To8 = "CREATE TABLE enrolments(agent TEXT PRIMARY KEY, body TEXT NOT NULL); CREATE TABLE agent_tokens(id TEXT PRIMARY KEY, body TEXT NOT NULL);";

    /// <summary>The steps to <see cref="Version"/>, first the one from version 1.</summary>
    public static readonly string[] Upgrades = [From1To2, From2To3, From3To4, From4To5, From5To6, From6To7, From7To8];

    public const string Sql = """
        CREATE TABLE runs(
            run TEXT PRIMARY KEY, name TEXT NOT NULL, config TEXT NOT NULL, state TEXT NOT NULL, detail TEXT,
            last_sequence INTEGER NOT NULL, entry TEXT);
        CREATE TABLE coord_lease(
            run TEXT PRIMARY KEY, holder TEXT NOT NULL, term INTEGER NOT NULL, clock INTEGER NOT NULL);
        CREATE TABLE agents(
            run TEXT NOT NULL, agent TEXT NOT NULL, boot TEXT NOT NULL, reply_queue TEXT NOT NULL, role TEXT NOT NULL,
            present INTEGER NOT NULL, strikes INTEGER NOT NULL, quarantined INTEGER NOT NULL, examples INTEGER NOT NULL DEFAULT 0,
            unanswered INTEGER NOT NULL DEFAULT 0, missed INTEGER NOT NULL DEFAULT 0, took INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY(run, agent));
        CREATE TABLE rounds(
            run TEXT NOT NULL, round INTEGER NOT NULL, state TEXT NOT NULL, needed INTEGER NOT NULL, goal INTEGER NOT NULL, quorum INTEGER NOT NULL,
            opened_at INTEGER NOT NULL, soft_deadline INTEGER NOT NULL, hard_deadline INTEGER NOT NULL, extension INTEGER NOT NULL,
            last_result_at INTEGER NOT NULL, typical_task_ms INTEGER NOT NULL, aggregations INTEGER NOT NULL DEFAULT 0,
            wanted INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY(run, round));
        CREATE TABLE tasks(
            run TEXT NOT NULL, round INTEGER NOT NULL, agent TEXT NOT NULL, kind TEXT NOT NULL, attempt INTEGER NOT NULL, lease_epoch INTEGER NOT NULL,
            state TEXT NOT NULL, offered_at INTEGER NOT NULL, last_heard INTEGER NOT NULL, done_at INTEGER, end_code TEXT, counts INTEGER NOT NULL DEFAULT 1, taken INTEGER NOT NULL DEFAULT 1,
            PRIMARY KEY(run, round, agent, kind));
        CREATE TABLE results(
            run TEXT NOT NULL, round INTEGER NOT NULL, agent TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, codec TEXT NOT NULL,
            examples INTEGER NOT NULL, norm_products REAL NOT NULL, norm_saved REAL NOT NULL, norm_factors REAL NOT NULL DEFAULT 0, metrics TEXT NOT NULL, class_counts TEXT, counts_in INTEGER,
            PRIMARY KEY(run, round, agent));
        CREATE TABLE refusals(
            run TEXT NOT NULL, round INTEGER NOT NULL, agent TEXT NOT NULL, reason TEXT NOT NULL,
            PRIMARY KEY(run, round, agent));
        CREATE TABLE manifests(
            run TEXT NOT NULL, round INTEGER NOT NULL, position INTEGER NOT NULL, agent TEXT NOT NULL, reason TEXT, weight REAL,
            PRIMARY KEY(run, round, position), UNIQUE(run, round, agent));
        CREATE TABLE models(
            run TEXT NOT NULL, round INTEGER NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, chunk_size INTEGER NOT NULL, codec TEXT NOT NULL,
            figures TEXT, modules TEXT, base_delta TEXT, momentum TEXT,
            PRIMARY KEY(run, round));
        CREATE TABLE noise(
            run TEXT NOT NULL, round INTEGER NOT NULL, key BLOB,
            PRIMARY KEY(run, round));
        CREATE TABLE evaluations(
            run TEXT NOT NULL, round INTEGER NOT NULL, agent TEXT NOT NULL, examples INTEGER NOT NULL, metrics TEXT NOT NULL,
            PRIMARY KEY(run, round, agent));
        CREATE TABLE events(
            id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE(run, sequence));
        CREATE TABLE fleet(agent TEXT PRIMARY KEY, body TEXT NOT NULL);
        CREATE TABLE fleet_history(id INTEGER PRIMARY KEY AUTOINCREMENT, agent TEXT NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL, run TEXT, by TEXT);
        CREATE INDEX fleet_history_by_agent ON fleet_history(agent, id);
        CREATE TABLE commands(key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL);
        CREATE TABLE service(id TEXT NOT NULL);
        CREATE TABLE enrolments(agent TEXT PRIMARY KEY, body TEXT NOT NULL);
        CREATE TABLE agent_tokens(id TEXT PRIMARY KEY, body TEXT NOT NULL);
        CREATE TABLE outbox(
            id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, kind TEXT NOT NULL, agent TEXT, round INTEGER NOT NULL, body TEXT);
        """;
}
