using Dapper;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Store;

/// <summary>
/// What the service keeps beside its runs: their catalogue, the fleet, answers to commands. Every call is one transaction; thread-safe.
/// </summary>
internal sealed class ServiceStore : IDisposable
{
    /// <summary>Under which the service's own term is kept, beside those of runs.</summary>
    private const string Service = "service";

    /// <summary>Tables whose rows are of a run each.</summary>
    private static readonly string[] OfRuns =
        ["runs", "coord_lease", "agents", "rounds", "tasks", "results", "refusals", "manifests", "models", "noise", "evaluations", "events", "outbox"];

    private readonly Lock gate = new();
    private readonly SqliteConnection connection;
    private readonly WriteLock writing;

    private ServiceStore(SqliteConnection connection, WriteLock writing, string file, Guid id, long term)
    {
        this.connection = connection;
        this.writing = writing;
        File = file;
        Id = id;
        Term = term;
    }

    public string File { get; }

    /// <summary>Made with the file: tells agents that stay this service's terms from those of another one on the same broker.</summary>
    public Guid Id { get; }

    /// <summary>This service's term: one more than that of the one before it.</summary>
    public long Term { get; }

    /// <summary>Opens or makes the database and begins a term.</summary>
    /// <param name="holder">Who begins it, for people.</param>
    /// <exception cref="StateFolderException">The file is no database of ours, or of a later version.</exception>
    public static ServiceStore Open(string file, string holder, StoreAccess access)
    {
        SqliteConnection connection = StateDatabase.Open(file, access.LockOf);
        try
        {
            WriteLock writing = access.LockOf(connection);
            using SqliteTransaction transaction = writing.Begin();
            long last = connection.ExecuteScalar<long?>("SELECT MAX(term) FROM coord_lease", transaction: transaction) ?? 0;
            connection.Execute(
                "INSERT INTO coord_lease(run, holder, term, clock) VALUES(@Service, @holder, @term, 0) ON CONFLICT(run) DO UPDATE SET holder = "
                + "@holder, term = @term",
                new { Service, holder, term = last + 1 },
                transaction);
            Guid id = IdOf(connection, access.Time.GetUtcNow(), transaction);
            transaction.Commit();
            return new ServiceStore(connection, writing, file, id, last + 1);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>All runs, as rows; <c>Entry</c> is absent for runs of before there was a catalogue.</summary>
    public IReadOnlyList<StoredRun> Runs()
    {
        lock (gate)
        {
            return [.. connection.Query<(string Run, string Name, string Config, string State, string? Detail, string? Entry)>("SELECT run, name, config, state, detail, entry FROM runs ORDER BY run")
                .Select(row => new StoredRun(row.Run, row.Name, row.Config, row.State, row.Detail, row.Entry))];
        }
    }

    /// <summary>Adds a run, with the answer to the command that asked for it.</summary>
    public void AddRun(StoredRun run, StoredCommand? command) => Change(transaction =>
    {
        connection.Execute(
            "INSERT INTO runs(run, name, config, state, detail, last_sequence, entry) VALUES(@Run, @Name, @Config, @State, @Detail, 0, @Entry)",
            run,
            transaction);
        Save(command, transaction);
    });

    public void SaveEntry(string run, string entry, StoredCommand? command) => Change(transaction =>
    {
        connection.Execute("UPDATE runs SET entry = @entry WHERE run = @run", new { run, entry }, transaction);
        Save(command, transaction);
    });

    /// <summary>Stores a state of a run that no loop leads at this moment.</summary>
    public void SaveState(string run, string state, string? detail, string entry, StoredCommand? command) => Change(transaction =>
    {
        connection.Execute(
            "UPDATE runs SET state = @state, detail = @detail, entry = @entry WHERE run = @run", new { run, state, detail, entry }, transaction);
        Save(command, transaction);
    });

    public void SaveConfig(string run, string config, string entry, StoredCommand? command) => Change(transaction =>
    {
        connection.Execute("UPDATE runs SET config = @config, entry = @entry WHERE run = @run", new { run, config, entry }, transaction);
        Save(command, transaction);
    });

    /// <summary>Forgets all of a run.</summary>
    public void DeleteRun(string run, StoredCommand? command) => Change(transaction =>
    {
        foreach (string table in OfRuns)
        {
            connection.Execute($"DELETE FROM {table} WHERE run = @run", new { run }, transaction);
        }

        Save(command, transaction);
    });

    public StoredCommand? Command(string key)
    {
        lock (gate)
        {
            return connection.QuerySingleOrDefault<(string Key, string Fingerprint, string Answer, long At)>(
                "SELECT key, fingerprint, answer, at FROM commands WHERE key = @key", new { key })
                is { Key: not null } row ? new StoredCommand(row.Key, row.Fingerprint, row.Answer, row.At) : null;
        }
    }

    /// <summary>Forgets answers that are older.</summary>
    /// <param name="before">Unix time in milliseconds.</param>
    public void ForgetCommands(long before) => Change(
        transaction => connection.Execute("DELETE FROM commands WHERE at < @before", new { before }, transaction));

    public IReadOnlyList<(string Agent, string Body)> Fleet()
    {
        lock (gate)
        {
            return [.. connection.Query<(string, string)>("SELECT agent, body FROM fleet ORDER BY agent")];
        }
    }

    /// <summary>Stores an agent of the fleet, and what has become of it; null: nothing worth its history.</summary>
    public void SaveAgent(string agent, string body, StoredHistory? history, StoredCommand? command = null) => Change(transaction =>
    {
        connection.Execute(
            "INSERT INTO fleet(agent, body) VALUES(@agent, @body) ON CONFLICT(agent) DO UPDATE SET body = @body", new { agent, body }, transaction);
        if (history is not null)
        {
            connection.Execute(
                "INSERT INTO fleet_history(agent, at, what, run, by) VALUES(@agent, @At, @What, @Run, @By)",
                new { agent, history.At, history.What, history.Run, history.By },
                transaction);
            connection.Execute(
                "DELETE FROM fleet_history WHERE agent = @agent AND id <= (SELECT id FROM fleet_history WHERE agent = @agent ORDER BY id DESC LIMIT "
                + "1 OFFSET 200)", new { agent }, transaction);
        }

        Save(command, transaction);
    });

    public IReadOnlyList<(string Agent, string Body)> Enrolments()
    {
        lock (gate)
        {
            return [.. connection.Query<(string, string)>("SELECT agent, body FROM enrolments ORDER BY agent")];
        }
    }

    /// <param name="body">Null: it is forgotten.</param>
    public void SaveEnrolment(string agent, string? body) => Change(transaction => SaveBody("enrolments", "agent", agent, body, transaction));

    public IReadOnlyList<(string Id, string Body)> AgentTokens()
    {
        lock (gate)
        {
            return [.. connection.Query<(string, string)>("SELECT id, body FROM agent_tokens ORDER BY id")];
        }
    }

    /// <param name="body">Null: it is forgotten.</param>
    public void SaveAgentToken(string id, string? body) => Change(transaction => SaveBody("agent_tokens", "id", id, body, transaction));

    /// <summary>What became of an agent, newest first.</summary>
    public IReadOnlyList<StoredHistory> History(string agent, int most)
    {
        lock (gate)
        {
            return [.. connection.Query<(long At, string What, string? Run, string? By)>(
                "SELECT at, what, run, by FROM fleet_history WHERE agent = @agent ORDER BY id DESC LIMIT @most", new { agent, most })
                .Select(row => new StoredHistory(row.At, row.What, row.Run, row.By))];
        }
    }

    /// <summary>Kept events after <paramref name="after"/>, oldest first.</summary>
    /// <param name="run">Only of this run; null: of all.</param>
    public IReadOnlyList<(long Id, long At, string Body)> Events(string? run, long after, int most)
    {
        lock (gate)
        {
            return [.. connection.Query<(long, long, string)>(
                "SELECT id, at, body FROM events WHERE id > @after AND (@run IS NULL OR run = @run) ORDER BY id LIMIT @most",
                new { run, after, most })];
        }
    }

    /// <summary>
    /// The newest kept events that speak of an agent, newest first. Looks at the newest 50,000 events of all runs, so that it takes a bounded time.
    /// </summary>
    public IReadOnlyList<(long Id, long At, string Body)> EventsOf(string agent, int most)
    {
        lock (gate)
        {
            return [.. connection.Query<(long, long, string)>(
                "SELECT id, at, body FROM events WHERE id > (SELECT MAX(id) FROM events) - 50000 AND body ->> '$.AgentId' = @agent ORDER BY id DESC "
                + "LIMIT @most",
                new { agent, most })];
        }
    }

    /// <summary>Reads what is stored about a run.</summary>
    public T Read<T>(string run, Func<RunReader, T> read)
    {
        lock (gate)
        {
            return read(new RunReader(connection, run));
        }
    }

    public void Dispose() => connection.Dispose();

    private static Guid IdOf(SqliteConnection connection, DateTimeOffset now, SqliteTransaction transaction)
    {
        if (connection.ExecuteScalar<string?>("SELECT id FROM service", transaction: transaction) is { } known)
        {
            return Guid.Parse(known);
        }

        Guid id = Guid.CreateVersion7(now);
        connection.Execute("INSERT INTO service(id) VALUES(@id)", new { id = id.ToString() }, transaction);
        return id;
    }

    private void Change(Action<SqliteTransaction> change)
    {
        lock (gate)
        {
            using SqliteTransaction transaction = writing.Begin();
            long term = connection.ExecuteScalar<long>("SELECT term FROM coord_lease WHERE run = @Service", new { Service }, transaction);
            if (term != Term)
            {
                throw new TermLostException(
                    $"Another coordinator service (term {term}) has taken the store over from this one (term {Term}); this one stops.");
            }

            change(transaction);
            transaction.Commit();
        }
    }

    private void SaveBody(string table, string column, string key, string? body, SqliteTransaction transaction) => connection.Execute(
        body is null
            ? $"DELETE FROM {table} WHERE {column} = @key"
            : $"INSERT INTO {table}({column}, body) VALUES(@key, @body) ON CONFLICT({column}) DO UPDATE SET body = @body",
        new { key, body },
        transaction);

    private void Save(StoredCommand? command, SqliteTransaction transaction)
    {
        if (command is not null)
        {
            connection.Execute(
                "INSERT INTO commands(key, fingerprint, answer, at) VALUES(@Key, @Fingerprint, @Answer, @At) ON CONFLICT(key) DO NOTHING",
                command,
                transaction);
        }
    }
}

/// <summary>A run's row in the catalogue.</summary>
/// <param name="Config">Its settings as JSON.</param>
/// <param name="Entry">What the catalogue knows besides, as JSON.</param>
internal sealed record StoredRun(string Run, string Name, string Config, string State, string? Detail, string? Entry);

/// <summary>A command that was done, and its answer.</summary>
/// <param name="At">Unix time in milliseconds.</param>
internal sealed record StoredCommand(string Key, string Fingerprint, string Answer, long At);

/// <summary>Something that became of an agent.</summary>
/// <param name="At">Unix time in milliseconds.</param>
internal sealed record StoredHistory(long At, string What, string? Run, string? By);
