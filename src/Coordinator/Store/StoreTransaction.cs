using System.Text.Json;
using Dapper;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Store;

/// <summary>One effect: all of it is stored, under the newest term, or none.</summary>
internal sealed class StoreTransaction(StoreConnection connection, RunStore store, long clock) : IDisposable
{
    /// <summary>Events kept; older ones are in the log.</summary>
    private const long MostEvents = 100_000;

    private const long PruneEvery = 256;

    private readonly List<string> effects = [];
    private StoreWrite? transaction;

    /// <summary>Whether anything is to be stored.</summary>
    public bool HasWrites => transaction is not null;

    /// <summary>Models of rounds, and the noise of private ones.</summary>
    public ModelTable Models => field ??= new ModelTable(store.Run, Write);

    /// <summary>Names the effect, for crash rehearsals.</summary>
    public void Effect(string name) => effects.Add(name);

    public void SaveAgent(KnownAgent agent) => Write(
        """
        INSERT INTO agents(run, agent, boot, reply_queue, role, present, strikes, quarantined, examples, took, unanswered, missed, rank)
        VALUES(@Run, @Name, @Boot, @ReplyQueue, @Role, @Present, @Strikes, @Quarantined, @Examples, @Took, @Unanswered, @Missed, @Rank)
        ON CONFLICT(run, agent) DO UPDATE SET boot = @Boot, reply_queue = @ReplyQueue, role = @Role, present = @Present, strikes = @Strikes,
            quarantined = @Quarantined, examples = @Examples, took = @Took, unanswered = @Unanswered, missed = @Missed, rank = @Rank
        """,
        new
        {
            store.Run,
            agent.Name,
            Boot = agent.Boot.ToString(),
            ReplyQueue = StoredText.Of(agent.ReplyQueue),
            Role = agent.Role.ToString(),
            agent.Present,
            agent.Strikes,
            agent.Quarantined,
            agent.Examples,
            agent.Took,
            agent.Unanswered,
            agent.Missed,
            agent.Rank,
        });

    public void AddRound(Round round) => Write(
        """
        INSERT INTO rounds(
            run, round, state, needed, goal, quorum, opened_at, soft_deadline, hard_deadline, extension, last_result_at, typical_task_ms)
        VALUES(@Run, @Number, @State, @Needed, 0, 0, 0, 0, @HardDeadline, 0, 0, @TypicalTaskMs)
        """,
        new { store.Run, round.Number, State = round.State.ToString(), round.Needed, round.HardDeadline, round.TypicalTaskMs });

    /// <summary>Stores a step of a round and of its tasks: compare-and-set on the round's state.</summary>
    /// <exception cref="TermLostException">The round is not where this coordinator thinks it is.</exception>
    public void SaveRound(Round before, Round after)
    {
        int rows = Write(
            """
            UPDATE rounds SET state = @State, goal = @Goal, quorum = @Quorum, opened_at = @OpenedAt, soft_deadline = @SoftDeadline,
                hard_deadline = @HardDeadline, extension = @Extension, last_result_at = @LastResultAt, aggregations = @Aggregations, wanted = @Wanted,
                frozen_at = @FrozenAt
            WHERE run = @Run AND round = @Number AND state = @Before
            """,
            new
            {
                store.Run,
                after.Number,
                State = after.State.ToString(),
                after.Goal,
                after.Quorum,
                after.OpenedAt,
                after.SoftDeadline,
                after.HardDeadline,
                after.Extension,
                after.LastResultAt,
                after.Aggregations,
                after.Wanted,
                after.FrozenAt,
                Before = before.State.ToString(),
            });
        if (rows != 1)
        {
            throw new TermLostException($"Round {after.Number} is not {before.State} in the store any more: another coordinator has moved it.");
        }

        foreach (AgentTask task in after.Changed.Select(agent => after.Tasks[agent]))
        {
            if (!before.Tasks.TryGetValue(task.Agent, out AgentTask? earlier) || earlier != task)
            {
                SaveTask(after.Number, "Train", task);
            }
        }
    }

    public void SaveTask(int round, string kind, AgentTask task) => Write(
        """
        INSERT INTO tasks(run, round, agent, kind, attempt, lease_epoch, state, offered_at, last_heard, done_at, end_code, counts, taken, rank)
        VALUES(@Run, @round, @Agent, @kind, @Attempt, @LeaseEpoch, @State, @OfferedAt, @LastHeard, @DoneAt, @EndCode, @Counts, @Taken, @Rank)
        ON CONFLICT(run, round, agent, kind) DO UPDATE SET attempt = @Attempt, lease_epoch = @LeaseEpoch, state = @State,
            offered_at = @OfferedAt, last_heard = @LastHeard, done_at = @DoneAt, end_code = @EndCode, counts = @Counts, taken = @Taken, rank = @Rank
        """,
        new
        {
            store.Run,
            round,
            task.Agent,
            kind,
            task.Attempt,
            task.LeaseEpoch,
            State = task.State.ToString(),
            task.OfferedAt,
            task.LastHeard,
            task.DoneAt,
            EndCode = StoredText.Of(task.EndCode),
            task.Counts,
            task.Taken,
            task.Rank,
        });

    /// <summary>Adds an agent's one result of a round. False: it has one already.</summary>
    public bool AddResult(StoredResult result) => Write(
        """
        INSERT INTO results(run, round, agent, sha256, size, codec, examples, norm_products, norm_saved, norm_factors, metrics, class_counts,
            counts_in, rank, train_ms, transfer_ms)
        VALUES(@Run, @Round, @Agent, @Sha256, @Size, @Codec, @Examples, @Products, @Saved, @Factors, @Metrics, @ClassCounts,
            @CountsIn, @Rank, @TrainMs, @TransferMs)
        ON CONFLICT(run, round, agent) DO NOTHING
        """,
        new
        {
            store.Run,
            result.Round,
            result.Agent,
            result.Sha256,
            result.Size,
            result.Codec,
            result.Examples,
            result.Norm.Products,
            result.Norm.Saved,
            result.Norm.Factors,
            Metrics = JsonSerializer.Serialize(result.Metrics),
            ClassCounts = result.ClassCounts is null ? null : JsonSerializer.Serialize(result.ClassCounts),
            result.CountsIn,
            result.Rank,
            result.TrainMs,
            result.TransferMs,
        }) == 1;

    /// <summary>
    /// A late result counts no more, for its agent has one of the round itself. It stays known, so that a copy of it is answered as one.
    /// </summary>
    public void SupersedeResult(StoredResult late) =>
        Write(
            "UPDATE results SET counts_in = -counts_in WHERE run = @Run AND round = @Round AND agent = @Agent AND counts_in > 0",
            new { store.Run, late.Round, late.Agent });

    public void SaveRefusal(int round, string agent, string reason) => Write(
        "INSERT INTO refusals(run, round, agent, reason) VALUES(@Run, @round, @agent, @reason) ON CONFLICT(run, round, agent) DO UPDATE SET reason "
        + "= @reason",
        new { store.Run, round, agent, reason = StoredText.Of(reason) });

    public void RemoveRefusal(int round, string agent) => Write(
        "DELETE FROM refusals WHERE run = @Run AND round = @round AND agent = @agent", new { store.Run, round, agent });

    public void SaveManifest(int round, IEnumerable<ManifestEntry> entries)
    {
        int position = 0;
        foreach (ManifestEntry entry in entries)
        {
            Write(
                "INSERT INTO manifests(run, round, position, agent, reason, weight) VALUES(@Run, @round, @position, @Agent, @Reason, @Weight)",
                new { store.Run, round, position = position++, entry.Agent, Reason = StoredText.Of(entry.Reason), entry.Weight });
        }
    }

    /// <summary>A result of a frozen list can't be merged: the list says so, and why.</summary>
    public void LeaveOut(int round, string agent, string reason) =>
        Write(
            "UPDATE manifests SET reason = @reason WHERE run = @Run AND round = @round AND agent = @agent",
            new { store.Run, round, agent, reason = StoredText.Of(reason) });

    /// <summary>Adds somebody's one measurement of a model. False: it has one already.</summary>
    /// <param name="onOwnData">Whether it is an agent's, on its held-out data, and not an evaluator's.</param>
    public bool AddEvaluation(StoredEvaluation measured, bool onOwnData) => Write(
        """
        INSERT INTO evaluations(run, round, agent, examples, metrics, own_data) VALUES(@Run, @Round, @Agent, @Examples, @Metrics, @onOwnData)
        ON CONFLICT(run, round, agent) DO NOTHING
        """,
        new
        {
            store.Run,
            measured.Round,
            measured.Agent,
            measured.Examples,
            Metrics = JsonSerializer.Serialize(measured.Metrics),
            onOwnData,
        }) == 1;

    public void AddEvent(RunEvent happened)
    {
        Write(
            "INSERT INTO events(run, sequence, at, body) VALUES(@Run, @Sequence, @At, @Body)",
            new { store.Run, happened.Sequence, At = store.Time.GetUtcNow().ToUnixTimeMilliseconds(), Body = JsonSerializer.Serialize(happened) });
        if (happened.Sequence % PruneEvery == 0)
        {
            Write("DELETE FROM events WHERE run = @Run AND sequence <= @oldest", new { store.Run, oldest = happened.Sequence - MostEvents });
        }

        Write(
            "UPDATE runs SET last_sequence = CASE WHEN last_sequence < @Sequence THEN @Sequence ELSE last_sequence END WHERE run = @Run",
            new { store.Run, happened.Sequence });
        Enqueue(new OutboxRow { Kind = nameof(RunEvent), Body = JsonSerializer.Serialize(happened) });
    }

    /// <summary>Keeps numbers free for events that are published but not stored.</summary>
    public void ReserveSequence(long through) => Write("UPDATE runs SET last_sequence = @through WHERE run = @Run", new { store.Run, through });

    public void Enqueue(OutboxRow row) => Write(
        "INSERT INTO outbox(run, kind, agent, round, body) VALUES(@Run, @Kind, @Agent, @Round, @Body)",
        new { store.Run, row.Kind, row.Agent, row.Round, row.Body });

    public void RemoveSent(IEnumerable<long> ids) => Write("DELETE FROM outbox WHERE id = @id", ids.Select(id => new { id }).ToArray());

    public void SetState(string state, string? detail) => Write(
        "UPDATE runs SET state = @state, detail = @detail WHERE run = @Run", new { store.Run, state, detail = StoredText.Of(detail) });

    /// <summary>Stores why the run ends before all its rounds are done.</summary>
    public void SetEnding(string reason) => Write(
        "UPDATE runs SET ending = @reason WHERE run = @Run", new { store.Run, reason = StoredText.Of(reason) });

    /// <summary>Stores which round's model is the run's.</summary>
    public void SetPublished(PublishedModel model) => Write(
        "UPDATE runs SET published = @Round, published_reason = @Reason WHERE run = @Run",
        new { store.Run, model.Round, Reason = StoredText.Of(model.Reason) });

    /// <summary>Takes a round back that waits for its agents.</summary>
    public void RemovePlanned(int round) =>
        Write("DELETE FROM rounds WHERE run = @Run AND round = @round AND state = 'Planned'", new { store.Run, round });

    /// <summary>Makes the run clock durable.</summary>
    public void Renew() => Begin();

    /// <exception cref="TermLostException">Another coordinator has taken over; nothing was stored.</exception>
    public void Commit()
    {
        if (transaction is null)
        {
            return;
        }

        effects.ForEach(effect => store.Failpoint("before " + effect));
        transaction.Commit();
        effects.ForEach(effect => store.Failpoint("after " + effect));
    }

    public void Dispose() => transaction?.Dispose();

    private int Write(string sql, object parameters) => connection.Connection.Execute(sql, parameters, Begin().Transaction);

    /// <summary>The first write fences: it moves the run clock under this coordinator's term, or fails.</summary>
    private StoreWrite Begin()
    {
        if (transaction is null)
        {
            transaction = connection.BeginWriting();
            int rows = connection.Connection.Execute(
                "UPDATE coord_lease SET clock = CASE WHEN clock < @clock THEN @clock ELSE clock END WHERE run = @Run AND term = @Term",
                new { clock, store.Run, store.Term },
                transaction.Transaction);
            if (rows != 1)
            {
                string? holder = connection.Connection.ExecuteScalar<string>(
                    "SELECT holder || ', term ' || term FROM coord_lease WHERE run = @Run", new { store.Run }, transaction.Transaction);
                throw new TermLostException(
                    $"Another coordinator ({holder}) has taken the run over from this one (term {store.Term}); this one stops.");
            }
        }

        return transaction;
    }
}
