using System.Data.Common;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Tests.Store;

/// <summary>What a run's store does, whichever database it is in.</summary>
public abstract class RunStoreTests
{
    private protected abstract IStoreDatabase Database { get; }

    [Fact]
    public void Each_take_over_has_a_higher_term_and_only_the_newest_may_write()
    {
        using RunStore first = Open();
        Write(first, transaction => transaction.AddRound(Planned()));
        using RunStore second = Open();

        TermLostException lost = Assert.Throws<TermLostException>(() => Write(first, transaction => transaction.SetState("Completed", null)));

        Assert.Equal((1, 2), (first.Term, second.Term));
        Assert.Equal(("Another coordinator (holder, term 2) has taken the run over from this one (term 1); this one stops."), lost.Message);
        Assert.Equal("Running", second.Read().RunState().State);
    }

    [Fact]
    public void A_round_is_moved_only_from_the_state_it_is_in()
    {
        using RunStore store = Open();
        Round planned = Planned();
        Write(store, transaction => transaction.AddRound(planned));
        Write(store, transaction => transaction.SaveRound(planned, planned with { State = RoundState.Skipped }));

        Assert.Throws<TermLostException>(
            () => Write(store, transaction => transaction.SaveRound(planned, planned with { State = RoundState.Offering })));
        Assert.Equal(RoundState.Skipped, store.Read().LastRound()!.State);
    }

    [Fact]
    public void An_agent_has_one_result_a_round()
    {
        using RunStore store = Open();
        var result = new StoredResult(1, "a", new string('0', 64), 10, "int8", 5, new(1, 2), new ResultMetrics { GlobalAccuracy = 0.5 });
        bool again = true;
        Write(store, transaction => Assert.True(transaction.AddResult(result)));
        Write(store, transaction => again = transaction.AddResult(result with { Examples = 1000 }));

        Assert.False(again);
        Assert.Equal(result, Assert.Single(store.Read().Results(1)));
    }

    [Fact]
    public void A_late_result_is_the_agents_one_result_of_its_own_round_and_counts_in_the_other_until_it_is_superseded()
    {
        using RunStore store = Open();
        var late = new StoredResult(1, "a", new string('0', 64), 10, "int8", 5, new(1, 2), new ResultMetrics()) { CountsIn = 2 };
        bool again = true;
        Write(store, transaction => Assert.True(transaction.AddResult(late)));
        Write(store, transaction => again = transaction.AddResult(late with { CountsIn = null }));

        Assert.False(again);
        Assert.Empty(store.Read().Results(1));
        Assert.Equal(late, Assert.Single(store.Read().Results(2)));
        Write(store, transaction => transaction.SupersedeResult(late));
        Assert.Empty(store.Read().Results(2));
        Assert.True(store.Read().HasResult(1, "a"));
        Assert.Equal([late.Sha256], store.Read().Bodies(2));
        Assert.Empty(store.Read().Bodies(1));
    }

    [Fact]
    public void A_body_that_a_later_round_counts_too_is_needed_until_then()
    {
        using RunStore store = Open();
        var first = new StoredResult(1, "a", new string('0', 64), 10, "int8", 5, new(1, 2), new ResultMetrics());
        Write(store, transaction =>
        {
            Assert.True(transaction.AddResult(first));
            Assert.True(transaction.AddResult(first with { Agent = "b", CountsIn = 2 }));
        });

        Assert.Empty(store.Read().Bodies(1));
        Assert.Equal([first.Sha256], store.Read().Bodies(2));
    }

    [Fact]
    public void A_round_has_one_model()
    {
        using RunStore store = Open();
        StoredModel Model(char hash) => new(1, new BlobClaim { Sha256 = new string(hash, 64), Size = 1, ChunkSize = 1, Codec = "fp16" }, null, null);
        Write(store, transaction => transaction.Models.Add(Model('0')));

        Assert.ThrowsAny<DbException>(() => Write(store, transaction => transaction.Models.Add(Model('1'))));
        Assert.Equal(new string('0', 64), Assert.Single(store.Read().Models()).Claim.Sha256);
    }

    /// <summary>Merging again must come to the same bits on any database, so a weight keeps every digit.</summary>
    [Fact]
    public void What_an_agent_last_counted_with_before_a_round_keeps_every_digit()
    {
        using RunStore store = Open();
        StoredResult Of(int round, string agent) => new(round, agent, new string('0', 64), 10, "int8", 5, new(1, 2), new ResultMetrics());
        foreach (int round in new[] { 1, 2, 3 })
        {
            Write(store, transaction =>
            {
                Assert.True(transaction.AddResult(Of(round, "a")));
                Assert.True(transaction.AddResult(Of(round, "b")));
                transaction.SaveManifest(
                    round, [new ManifestEntry("a", null, round / 3.0), new ManifestEntry("b", round == 1 ? null : "left out")]);
                transaction.Models.Add(new StoredModel(
                    round, new BlobClaim { Sha256 = new string('0', 64), Size = 1, ChunkSize = 1, Codec = "fp16" }, null, null));
            });
        }

        Assert.Empty(store.Read().CountedBefore(1));
        Assert.Equal(
            new Dictionary<string, double> { ["a"] = 2 / 3.0, ["b"] = 5 }, store.Read().CountedBefore(3));
    }

    [Fact]
    public void Of_a_runs_events_the_newest_hundred_thousand_are_kept()
    {
        using RunStore store = Open();
        RunEvent Happened(long sequence) => new() { RunId = Guid.Empty, Sequence = sequence, ElapsedMs = 0, Kind = RunEventKind.TaskOffered };
        Write(store, transaction =>
        {
            foreach (long sequence in new long[] { 1, 95, 96, 97, 100_095 })
            {
                transaction.AddEvent(Happened(sequence));
            }
        });
        Assert.Equal(5, store.Read().Events().Count());

        // Looked at now and then only.
        Write(store, transaction => transaction.AddEvent(Happened(391 * 256)));

        Assert.Equal([97, 100_095, 100_096], store.Read().Events().Select(kept => kept.Sequence));
    }

    [Fact]
    public void An_effect_that_is_not_committed_leaves_nothing()
    {
        using (RunStore store = Open())
        {
            using StoreTransaction transaction = store.Begin(10);
            transaction.AddRound(Planned());
            transaction.Enqueue(new OutboxRow { Kind = "TaskOffer", Agent = "a" });
        }

        using RunStore successor = Open();
        Assert.Null(successor.Read().LastRound());
        Assert.Empty(successor.Read().Outbox(after: 0));
    }

    [Fact]
    public void A_successor_reads_back_what_was_stored_and_goes_on_from_its_clock()
    {
        Round planned = Planned();
        var task = new AgentTask("a", 2, 3, TaskState.Accepted, 40, 50) { Rank = 4 };
        Round open = (planned with { State = RoundState.Collecting, Goal = 3, Quorum = 2, OpenedAt = 40, SoftDeadline = 100, HardDeadline = 200, Extension = 1, LastResultAt = 60 }).With(task);
        using (RunStore store = Open())
        {
            Write(store, transaction => transaction.AddRound(planned), clock: 77);
            Write(store, transaction => transaction.SaveRound(planned, open), clock: 78);
        }

        using RunStore successor = Open();
        Round read = successor.Read().LastRound()!;
        Assert.Equal(78, successor.Clock);
        Assert.Equal(task, Assert.Single(read.Tasks).Value);
        Assert.Equal((
            open.State,
            open.Goal,
            open.Quorum,
            open.OpenedAt,
            open.SoftDeadline,
            open.HardDeadline,
            open.Extension,
            open.LastResultAt,
            open.TypicalTaskMs),
            (
                read.State,
                read.Goal,
                read.Quorum,
                read.OpenedAt,
                read.SoftDeadline,
                read.HardDeadline,
                read.Extension,
                read.LastResultAt,
                read.TypicalTaskMs));
    }

    [Fact]
    public void A_rounds_noise_outlives_a_coordinator_and_is_forgotten_but_counted_when_the_round_is_over()
    {
        byte[] key = [.. "this is the secret of one round.".Select(c => (byte)c)];
        using (RunStore first = Open())
        {
            Write(first, transaction => transaction.Models.AddNoise(4, [.. key]));
        }

        using (RunStore second = Open())
        {
            Assert.ThrowsAny<DbException>(() => Write(second, transaction => transaction.Models.AddNoise(4, [.. key.Reverse()])));
            Assert.Equal(key, second.Read().Noise(4)!.Value);
            Assert.Null(second.Read().Noise(3));
            Write(second, transaction => transaction.Models.ForgetNoise(4));
            Assert.Equal((1, null), (second.Read().NoisySums(), second.Read().Noise(4)));
            second.Scrub();
            AssertGone(key);
        }
    }

    [Fact]
    public void A_models_commit_hash_covers_all_that_it_left()
    {
        var bare = new StoredModel(1, Claim('0'), null, null);
        StoredModel[] models = [bare, bare with { Claim = Claim('1') }, bare with { BaseDelta = Claim('a') }, bare with { Momentum = Claim('a') }, bare with { BaseDelta = Claim('a'), Momentum = Claim('b') }];

        Assert.Equal(models.Length, models.Select(model => model.CommitSha256).Distinct().Count());
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
                System.Text.Encoding.UTF8.GetBytes($"adapter {new string('0', 64)}\nbase-delta {new string('a', 64)}\n"))),
            models[2].CommitSha256);
    }

    /// <summary>Nothing that the database keeps holds what was forgotten.</summary>
    private protected virtual void AssertGone(byte[] key)
    {
    }

    private protected RunStore Open() => TestStore.Open(Database, "run-1");

    private static BlobClaim Claim(char hash) => new() { Sha256 = new string(hash, 64), Size = 1, ChunkSize = 1, Codec = "fp16" };

    private static Round Planned() => Round.Plan(1, needed: 2, deadline: 500, typicalTaskMs: 30, []);

    private protected static void Write(RunStore store, Action<StoreTransaction> write, long clock = 1)
    {
        using StoreTransaction transaction = store.Begin(clock);
        write(transaction);
        transaction.Commit();
    }
}
