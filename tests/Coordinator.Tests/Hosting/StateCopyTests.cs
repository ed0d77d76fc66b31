using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Coordinator.Tests.Given.ObjectStore;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>A service on a file goes on in a database, as it was.</summary>
public sealed class StateCopyTests(PostgresFixture postgres, SwiftFixture swift) : SharedStateTests(postgres)
{
    [Theory]
    [InlineData(BodyPlace.Folder)]
    [InlineData(BodyPlace.Postgres)]
    [InlineData(BodyPlace.S3)]
    public async Task Runs_go_on_in_the_database_where_they_were(BodyPlace place)
    {
        PostgresOptions database = await NewAsync(place);
        bool bodies = place != BodyPlace.Folder;
        (Guid over, Guid open) = await StoppedAsync();

        CopiedState copied = StateCopy.Make(Folder["state"], database, TimeProvider.System);

        Assert.True(copied is { Tables: > 15, Rows: > 50 });
        Assert.Equal(bodies, copied.Bodies > 0);
        Assert.True(File.Exists(copied.PutAside));
        using (var taken = new PostgresDatabase(database))
        {
            // It is no copy, after which private runs would be held.
            Assert.Equal(taken.Identity, await (await Postgres.ServerAsync()).AskAsync("SELECT lock_file FROM service", database.Database));
        }

        Assert.Contains("already; nothing was copied", Refusal(database), StringComparison.Ordinal);
        await using FleetRig rig = await FleetRig.StartAsync(Folder, postgres: database);
        rig.StateFolder = bodies ? Folder["another machine"] : rig.StateFolder;
        await rig.RestartAsync();
        await rig.AddAsync(null, Agents);
        RunOutcome outcome = await rig.OutcomeAsync(open);
        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal([1, 2, 3], (await rig.FindAsync(open)).Rounds.Select(round => round.Round));
        Assert.Equal(RunState.Completed, (await rig.FindAsync(over)).Summary.State);
        Assert.Null((await rig.Runs.VerifyAsync(over, round: null, Stop)).Problem);
        List<EventEnvelope> events = await rig.Runs.EventsAsync(new EventFilter { RunId = over }, Stop).ToListAsync(Stop);
        Assert.Contains(events, e => e.Event.Kind == RunEventKind.RunCompleted);
    }

    [Fact]
    public async Task A_service_at_work_and_a_database_that_is_not_empty_are_left_as_they_are()
    {
        PostgresOptions database = await NewAsync();
        await using (FleetRig rig = await FleetRig.StartAsync(Folder))
        {
            Assert.Contains("is in use by another coordinator", Refusal(database), StringComparison.Ordinal);
        }

        using var other = new TemporaryFolder();
        await using (FleetRig rig = await FleetRig.StartAsync(other, postgres: database))
        {
            Assert.Contains($"A service is at work on {database}", Refusal(database), StringComparison.Ordinal);
        }

        Assert.Contains($"{database} holds a service already", Refusal(database), StringComparison.Ordinal);
        Assert.Throws<StoreUnavailableException>(() => StateCopy.Make(
            Folder["state"], PostgresOptions.Read("postgres://u:p@127.0.0.1:1/d", "--store"), TimeProvider.System));
        await using FleetRig again = await FleetRig.StartAsync(Folder);
        Assert.NotNull(again.Host);
    }

    [Theory]
    [InlineData(BodyPlace.Postgres)]
    [InlineData(BodyPlace.S3)]
    public async Task A_damaged_body_leaves_all_as_it_was(BodyPlace place)
    {
        PostgresOptions database = await NewAsync(place);
        (Guid over, _) = await StoppedAsync();
        string body = Directory.EnumerateFiles(Path.Combine(Folder["state"], "blobs", over.ToString()), "*", SearchOption.AllDirectories)
            .First(file => Path.GetFileName(file).Length == 64);
        byte[] content = await File.ReadAllBytesAsync(body, Stop);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(body, content, Stop);

        Assert.Contains($"'{body}' is damaged: it has SHA-256", Refusal(database), StringComparison.Ordinal);
        if (database.S3 is { } bucket)
        {
            using var objects = new Coordinator.Store.S3.ObjectStore(bucket, TimeProvider.System);
            Assert.Empty(await objects.ListAsync(Stop).ToListAsync(Stop));
        }

        content[^1] ^= 1;
        await File.WriteAllBytesAsync(body, content, Stop);
        Assert.True(StateCopy.Make(Folder["state"], database, TimeProvider.System).Bodies > 0);
    }

    /// <summary>A service with a run that is over and one whose second round is open, stopped.</summary>
    private async Task<(Guid Over, Guid Open)> StoppedAsync()
    {
        await using FleetRig rig = await FleetRig.StartAsync(Folder);
        await rig.AddAsync((offer, stop) => offer.Header.Round == 2 ? new TaskCompletionSource().Task.WaitAsync(stop) : Task.CompletedTask, Agents);
        Guid over = await rig.SubmitAsync("over", rounds: 1, but: spec => spec with { Retention = spec.Retention with { Results = 1 } });
        await rig.OutcomeAsync(over);
        Guid open = await rig.SubmitAsync("open", rounds: 3);
        await rig.Events.SeenAsync(e => e.RunId == open && e is { Kind: RunEventKind.RoundOpened, Round: 2 });
        return (over, open);
    }

    private string Refusal(PostgresOptions database) =>
        Assert.Throws<StateFolderException>(() => StateCopy.Make(Folder["state"], database, TimeProvider.System)).Message;

    private async Task<PostgresOptions> NewAsync(BodyPlace place)
    {
        PostgresOptions database = await NewAsync();
        return place == BodyPlace.S3
            ? database.With(s3: await (await swift.ServerAsync()).NewBucketAsync())
            : database.With(keepsBodies: place == BodyPlace.Postgres);
    }
}
