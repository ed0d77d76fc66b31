using System.Data.Common;
using Dapper;

namespace EdgeFlora.Coordinator.Store;

/// <summary>
/// What the service keeps beside its runs: their catalogue, the fleet, answers to commands. Every call is one transaction; thread-safe.
/// </summary>
internal sealed class ServiceStore : IDisposable
{
    /// <summary>Under which the service's own term is kept, beside those of runs.</summary>
    internal const string Service = "service";

    /// <summary>Tables whose rows are of a run each.</summary>
    private static readonly string[] OfRuns =
    [
        "runs", "coord_lease", "agents", "rounds", "tasks", "results", "refusals", "manifests", "models", "noise", "evaluations", "events",
        "outbox",
    ];

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly StoreConnection store;
    private readonly DbConnection connection;
    private readonly StoreAccess access;

    private ServiceStore(StoreConnection store, StoreAccess access, Guid id, long term)
    {
        this.access = access;
        this.store = store;
        connection = store.Connection;
        Id = id;
        Term = term;
    }

    /// <summary>Made with the database: tells agents that stay this service's terms from those of another one on the same broker.</summary>
    public Guid Id { get; }

    /// <summary>This service's term: one more than that of the one before it.</summary>
    public long Term { get; }

    /// <summary>Begins a term on a database, which is made or upgraded if need be, unless another service leads on it.</summary>
    /// <param name="holder">Who begins it, for people.</param>
    /// <param name="accept">
    /// Called with the service's id, and whether it was made just now, before the term begins; what it throws leaves all as it was.
    /// </param>
    /// <param name="require">Called before anything is done to the database or to whoever leads on it; what it throws ends this.</param>
    /// <returns>Null: another service leads.</returns>
    /// <exception cref="StateFolderException">It is no database of ours, or of a later version.</exception>
    /// <exception cref="StoreUnavailableException">It does not let us in.</exception>
    public static ServiceStore? TryLead(
        IStoreDatabase database, string holder, StoreAccess access, Action<Guid, bool>? accept = null, Action? require = null)
    {
        StoreConnection? store = null;
        ServiceStore? led = null;
        try
        {
            store = database.Open(access);
            require?.Invoke();
            return led = store.MayLead() && ServiceTerm.Begin(store, holder, access.Time.GetUtcNow(), accept) is { } begun
                ? new ServiceStore(store, access, begun.Service, begun.Term)
                : null;
        }
        catch (DbException failure) when (database.Describe(failure) is { } told)
        {
            throw told;
        }
        finally
        {
            if (led is null)
            {
                store?.Dispose();
            }
        }
    }

    /// <summary>All runs, as rows; <c>Entry</c> is absent for runs of before there was a catalogue.</summary>
    public IReadOnlyList<StoredRun> Runs() =>
    [
        .. Look(() => connection.Query<(string Run, string Name, string Config, string State, string? Detail, string? Entry)>(
            "SELECT run, name, config, state, detail, entry FROM runs ORDER BY run"))
            .Select(row => new StoredRun(row.Run, row.Name, row.Config, row.State, row.Detail, row.Entry)),
    ];

    /// <summary>Adds a run, with the answer to the command that asked for it.</summary>
    public void AddRun(StoredRun run, StoredCommand? command) => Change(transaction =>
    {
        connection.Execute(
            "INSERT INTO runs(run, name, config, state, detail, last_sequence, entry) VALUES(@Run, @Name, @Config, @State, @Detail, 0, @Entry)",
            run with { Name = StoredText.Of(run.Name)!, Detail = StoredText.Of(run.Detail) },
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
            "UPDATE runs SET state = @state, detail = @detail, entry = @entry WHERE run = @run",
            new { run, state, detail = StoredText.Of(detail), entry },
            transaction);
        Save(command, transaction);
    });

    public void SaveConfig(string run, string config, string entry, StoredCommand? command) => Change(transaction =>
    {
        connection.Execute("UPDATE runs SET config = @config, entry = @entry WHERE run = @run", new { run, config, entry }, transaction);
        Save(command, transaction);
    });

    /// <summary>Counts rounds that ended where nobody here saw it as spent of a run's privacy budget.</summary>
    /// <remarks>They get numbers below those of rounds, which none of them can have.</remarks>
    public void AddSpentRounds(string run, int count, string entry) => Change(transaction =>
    {
        long least = connection.ExecuteScalar<long?>("SELECT MIN(round) FROM noise WHERE run = @run AND round < 0", new { run }, transaction) ?? 0;
        for (int i = 1; i <= count; i++)
        {
            connection.Execute("INSERT INTO noise(run, round, key) VALUES(@run, @round, NULL)", new { run, round = least - i }, transaction);
        }

        connection.Execute("UPDATE runs SET entry = @entry WHERE run = @run", new { run, entry }, transaction);
    });

    /// <summary>
    /// When this file was made as a copy of another, in Unix time in milliseconds, and the identity of the lock file that was beside it at the last
    /// start; null: not known.
    /// </summary>
    public (long? CopiedAt, string? LockFile) Origin() =>
        Look(() => connection.QuerySingle<(long?, string?)>("SELECT copied_at, lock_file FROM service"));

    /// <summary>From now on this file is the service's own, beside this lock.</summary>
    public void TakeOver(string lockFile) => Change(
        transaction => connection.Execute("UPDATE service SET copied_at = NULL, lock_file = @lockFile", new { lockFile }, transaction));

    /// <summary>Forgets all of a run.</summary>
    public void DeleteRun(string run, StoredCommand? command) => Change(transaction =>
    {
        foreach (string table in OfRuns)
        {
            connection.Execute($"DELETE FROM {table} WHERE run = @run", new { run }, transaction);
        }

        Save(command, transaction);
    });

    public StoredCommand? Command(string key) =>
        Look(() => connection.QuerySingleOrDefault<(string Key, string Fingerprint, string Answer, long At)>(
            "SELECT key, fingerprint, answer, at FROM commands WHERE key = @key", new { key }))
            is { Key: not null } row ? new StoredCommand(row.Key, row.Fingerprint, row.Answer, row.At) : null;

    /// <summary>Forgets answers that are older.</summary>
    /// <param name="before">Unix time in milliseconds.</param>
    public void ForgetCommands(long before) => Change(
        transaction => connection.Execute("DELETE FROM commands WHERE at < @before", new { before }, transaction));

    public IReadOnlyList<(string Agent, string Body)> Fleet() =>
        [.. Look(() => connection.Query<(string, string)>("SELECT agent, body FROM fleet ORDER BY agent"))];

    /// <summary>Stores an agent of the fleet, and what has become of it; null: nothing worth its history.</summary>
    public void SaveAgent(string agent, string body, StoredHistory? history, StoredCommand? command = null) => Change(transaction =>
    {
        connection.Execute(
            "INSERT INTO fleet(agent, body) VALUES(@agent, @body) ON CONFLICT(agent) DO UPDATE SET body = @body", new { agent, body }, transaction);
        if (history is not null)
        {
            connection.Execute(
                "INSERT INTO fleet_history(agent, at, what, run, by) VALUES(@agent, @At, @What, @Run, @By)",
                new { agent, history.At, What = StoredText.Of(history.What), history.Run, By = StoredText.Of(history.By) },
                transaction);
            connection.Execute(
                "DELETE FROM fleet_history WHERE agent = @agent AND id <= (SELECT id FROM fleet_history WHERE agent = @agent ORDER BY id DESC LIMIT "
                + "1 OFFSET 200)", new { agent }, transaction);
        }

        Save(command, transaction);
    });

    public IReadOnlyList<(string Agent, string Body)> Enrolments() =>
        [.. Look(() => connection.Query<(string, string)>("SELECT agent, body FROM enrolments ORDER BY agent"))];

    /// <param name="body">Null: it is forgotten.</param>
    public void SaveEnrolment(string agent, string? body) => Change(transaction => SaveBody("enrolments", "agent", agent, body, transaction));

    public IReadOnlyList<(string Id, string Body)> AgentTokens() =>
        [.. Look(() => connection.Query<(string, string)>("SELECT id, body FROM agent_tokens ORDER BY id"))];

    /// <param name="body">Null: it is forgotten.</param>
    public void SaveAgentToken(string id, string? body) => Change(transaction => SaveBody("agent_tokens", "id", id, body, transaction));

    /// <summary>What became of an agent, newest first.</summary>
    public IReadOnlyList<StoredHistory> History(string agent, int most) =>
    [
        .. Look(() => connection.Query<(long At, string What, string? Run, string? By)>(
            "SELECT at, what, run, by FROM fleet_history WHERE agent = @agent ORDER BY id DESC LIMIT @most", new { agent, most }))
            .Select(row => new StoredHistory(row.At, row.What, row.Run, row.By)),
    ];

    /// <summary>Kept events after <paramref name="after"/>, oldest first.</summary>
    /// <param name="run">Only of this run; null: of all.</param>
    public IReadOnlyList<(long Id, long At, string Body)> Events(string? run, long after, int most) =>
    [
        .. Look(() => connection.Query<(long, long, string)>(
            "SELECT id, at, body FROM events WHERE id > @after AND (@run IS NULL OR run = @run) ORDER BY id LIMIT @most",
            new { run, after, most })),
    ];

    /// <summary>
    /// The newest kept events that speak of an agent, newest first. Looks at the newest 50,000 events of all runs, so that it takes a bounded time.
    /// </summary>
    public IReadOnlyList<(long Id, long At, string Body)> EventsOf(string agent, int most) =>
    [
        .. Look(() => connection.Query<(long, long, string)>(
            $"SELECT id, at, body FROM events WHERE id > (SELECT MAX(id) FROM events) - 50000 AND {store.AgentOfEvent} = @agent ORDER BY id DESC "
            + "LIMIT @most",
            new { agent, most })),
    ];

    /// <summary>The newest round that was opened of each run that is not over, by the run's id; runs without one are left out.</summary>
    public IReadOnlyDictionary<string, int> NewestRounds() => Look(() => connection.Query<(string Run, long Round)>(
        """
        SELECT o.run, MAX(o.round) FROM rounds o JOIN runs u ON u.run = o.run
        WHERE o.state <> 'Planned' AND u.state NOT IN ('Completed', 'Incomplete', 'Failed', 'Cancelled') GROUP BY o.run
        """)).ToDictionary(row => row.Run, row => (int)row.Round, StringComparer.Ordinal);

    /// <summary>Reads what is stored about a run.</summary>
    public T Read<T>(string run, Func<RunReader, T> read) => Look(() => read(new RunReader(connection, run)));

    public void Dispose() => store.Dispose();

    private T Look<T>(Func<T> read)
    {
        lock (gate)
        {
            return store.Read(read);
        }
    }

    /// <param name="change">Statements alone: it is called again where the database broke off and nothing was stored.</param>
    private void Change(Action<DbTransaction> change)
    {
        lock (gate)
        {
            var waiting = new StoreWaiting(access);
            while (!TryChange(change))
            {
                waiting.Wait(Pause);
            }
        }
    }

    private bool TryChange(Action<DbTransaction> change)
    {
        try
        {
            using StoreWrite write = store.BeginWriting();
            long term = connection.ExecuteScalar<long>("SELECT term FROM coord_lease WHERE run = @Service", new { Service }, write.Transaction);
            if (term != Term)
            {
                throw new TermLostException(
                    $"Another coordinator service (term {term}) has taken the store over from this one (term {Term}); this one stops.");
            }

            change(write.Transaction);
            write.Commit();
            return true;
        }
        catch (Exception broken) when (store.MayTryAgain(broken))
        {
            return false;
        }
    }

    private void SaveBody(string table, string column, string key, string? body, DbTransaction transaction) => connection.Execute(
        body is null
            ? $"DELETE FROM {table} WHERE {column} = @key"
            : $"INSERT INTO {table}({column}, body) VALUES(@key, @body) ON CONFLICT({column}) DO UPDATE SET body = @body",
        new { key, body },
        transaction);

    private void Save(StoredCommand? command, DbTransaction transaction)
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
