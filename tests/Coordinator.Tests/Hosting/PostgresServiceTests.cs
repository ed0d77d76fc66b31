using Dapper;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>A service whose state is in PostgreSQL does what one does whose state is in a file.</summary>
public sealed class PostgresServiceTests(PostgresFixture postgres) : SharedStateTests(postgres)
{
    [Fact]
    public async Task A_run_goes_on_after_its_service_was_killed_to_the_model_that_it_has_on_a_file()
    {
        await using FleetRig onFile = await FleetRig.StartAsync(Folder);
        await onFile.AddAsync((_, _) => Task.CompletedTask, Agents);
        RunOutcome expected = await onFile.OutcomeAsync(await onFile.SubmitAsync("on a file", rounds: 3));
        using var other = new TemporaryFolder();
        await using FleetRig rig = await FleetRig.StartAsync(other, postgres: await NewAsync());
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync((offer, stop) => offer.Header.Round == 2 ? mayWork.Task.WaitAsync(stop) : Task.CompletedTask, Agents);
        Guid run = await rig.SubmitAsync("in a database", rounds: 3);
        await rig.Events.SeenAsync(e => e.RunId == run && e.Kind == RunEventKind.RoundOpened && e.Round == 2);

        await rig.Host.DieAsync();
        await rig.RestartAsync();
        mayWork.SetResult();
        RunOutcome outcome = await rig.OutcomeAsync(run);

        Assert.Equal((RunStatus.Completed, expected.ModelSha256), (outcome.Status, outcome.ModelSha256));
        List<EventEnvelope> events = await rig.Host.Runs.EventsAsync(new EventFilter { RunId = run }, Stop)
            .TakeWhile(e => e.Event.Kind != RunEventKind.RunCompleted).ToListAsync(Stop);
        Assert.Equal(events.Select(e => e.Id).Order(), events.Select(e => e.Id));
        Assert.Equal(3, events.Count(e => e.Event.Kind == RunEventKind.RoundCommitted));
        Assert.True((await rig.Host.Monitor.ResourcesAsync(Stop)).DatabaseBytes > 0);
    }

    [Fact]
    public async Task Another_machine_with_nothing_but_the_database_goes_on_and_proves_and_gives_out_what_came_of_it()
    {
        await using FleetRig onFile = await FleetRig.StartAsync(Folder);
        await onFile.AddAsync((_, _) => Task.CompletedTask, Agents);
        RunOutcome expected = await onFile.OutcomeAsync(await onFile.SubmitAsync("on a file", rounds: 3));
        using var other = new TemporaryFolder();
        PostgresOptions database = (await NewAsync()).With(keepsBodies: true);
        await using FleetRig rig = await FleetRig.StartAsync(other, postgres: database);
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync(
            (offer, stop) => offer.Header.Round == 2 && offer.Header.AgentId == "c" ? mayWork.Task.WaitAsync(stop) : Task.CompletedTask, Agents);
        Guid run = await rig.SubmitAsync(
            "in a database", rounds: 3, but: spec => spec with { Retention = spec.Retention with { Results = 3 } });
        foreach (string agent in new[] { "a", "b" })
        {
            await rig.Events.SeenAsync(e => e.RunId == run && e is { Kind: RunEventKind.ResultAccepted, Round: 2 } && e.AgentId == agent);
        }

        string key = (await rig.Runs.SigningKeyAsync(Stop)).KeyId;
        await rig.Host.DieAsync();
        Directory.Delete(rig.StateFolder, recursive: true);
        rig.StateFolder = other["another machine"];
        await rig.RestartAsync();
        mayWork.SetResult();
        RunOutcome outcome = await rig.OutcomeAsync(run);

        Assert.Equal((RunStatus.Completed, expected.ModelSha256), (outcome.Status, outcome.ModelSha256));
        Assert.Equal(key, (await rig.Runs.SigningKeyAsync(Stop)).KeyId);
        rig.StateFolder = other["a third one"];
        await rig.RestartAsync();
        await AssertProvenAsync(rig, run, expected);
        await rig.Runs.DeleteAsync(FleetRig.Command(), run, Stop);
        Assert.Equal(0L, await (await Postgres.ServerAsync()).AskAsync("SELECT COUNT(*) FROM body_parts", database.Database));
    }

    [Fact]
    public async Task Bodies_that_are_damaged_are_what_a_verification_tells_and_those_of_forgotten_runs_go()
    {
        PostgresOptions place = (await NewAsync()).With(keepsBodies: true);
        await using FleetRig rig = await FleetRig.StartAsync(Folder, postgres: place);
        await rig.AddAsync(null, Agents);
        Guid run = await rig.SubmitAsync("in a database", rounds: 1, but: spec => spec with { Retention = spec.Retention with { Results = 1 } });
        await rig.OutcomeAsync(run);
        PrivatePostgres server = await Postgres.ServerAsync();
        await server.DoAsync("UPDATE body_parts SET content = set_byte(content, 0, 255 - get_byte(content, 0))", place.Database);

        // As a service leaves them that is killed between the run and its bodies.
        await server.DoAsync($"INSERT INTO bodies VALUES('{Guid.NewGuid()}', 'none', 1, 1, 'int8')", place.Database);
        await rig.Host.DieAsync();
        Directory.Delete(rig.StateFolder, recursive: true);
        await rig.RestartAsync();

        RoundVerification verified = await rig.Runs.VerifyAsync(run, round: 1, Stop);

        Assert.StartsWith("the adapter of round 0 cannot be read any more: ", verified.Problem, StringComparison.Ordinal);
        await LimitedWait.UntilAsync(
            async () => await server.AskAsync("SELECT COUNT(DISTINCT run) FROM bodies", place.Database) is 1L, state: null, "bodies go");
    }

    [Fact]
    public async Task Where_bodies_are_is_not_changed_by_a_setting()
    {
        PostgresOptions inFolder = await NewAsync();
        await using (FleetRig rig = await FleetRig.StartAsync(Folder, postgres: inFolder))
        {
            await rig.AddAsync(null, Agents);
            await rig.OutcomeAsync(await rig.SubmitAsync("in the folder", rounds: 1));
        }

        using var other = new TemporaryFolder();
        PostgresOptions inDatabase = (await NewAsync()).With(keepsBodies: true);
        await using (FleetRig rig = await FleetRig.StartAsync(other, postgres: inDatabase))
        {
            await rig.AddAsync(null, Agents);
            await rig.OutcomeAsync(await rig.SubmitAsync("in the database", rounds: 1));
        }

        Assert.StartsWith(
            $"store.bodies is postgres, but the service in {inFolder} keeps its bodies in the state folder;",
            (await RefusedAsync(Folder["state"], inFolder.With(keepsBodies: true))).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"The service in {inDatabase} keeps its bodies there too;",
            (await RefusedAsync(other["state"], inDatabase.With(keepsBodies: false))).Message,
            StringComparison.Ordinal);
        await AssertLeaseIsReleasedAsync(inDatabase);
    }

    /// <summary>A start that was refused, or one without runs, leaves empty tables behind.</summary>
    [Fact]
    public async Task Empty_tables_for_bodies_do_not_hide_that_they_are_in_the_folder()
    {
        PostgresOptions place = await NewAsync();
        using (var database = new PostgresDatabase(place.With(keepsBodies: true)))
        {
            database.PrepareBodies();
            database.Ask(connection => connection.Execute(BodyIndex.Table));
        }

        await using (FleetRig rig = await FleetRig.StartAsync(Folder, postgres: place))
        {
            await rig.AddAsync(null, Agents);
            await rig.OutcomeAsync(await rig.SubmitAsync("in the folder", rounds: 1));
        }

        string[] Bodies() => [.. Directory.GetFiles(Path.Combine(Folder["state"], "blobs"), "*", SearchOption.AllDirectories).Order()];
        string[] before = Bodies();

        Assert.StartsWith(
            $"store.bodies is postgres, but the service in {place} keeps its bodies in the state folder;",
            (await RefusedAsync(Folder["state"], place.With(keepsBodies: true))).Message,
            StringComparison.Ordinal);
        Assert.NotEmpty(before);
        Assert.Equal(before, Bodies());
    }

    [Fact]
    public async Task A_folder_with_runs_of_its_own_is_not_served_from_a_database_nor_the_other_way_round()
    {
        PostgresOptions database = await NewAsync();
        await using (FleetRig onFile = await FleetRig.StartAsync(Folder))
        {
            Assert.NotNull(onFile.Host);
        }

        StateFolderException held = await RefusedAsync(Folder["state"], database);
        Assert.Contains("holds runs in coordinator.db, which are not in PostgreSQL database", held.Message, StringComparison.Ordinal);
        using var other = new TemporaryFolder();
        await using (FleetRig rig = await FleetRig.StartAsync(other, postgres: database))
        {
            Assert.NotNull(rig.Host);
        }

        StateFolderException elsewhere = await RefusedAsync(other["state"], database: null);
        Assert.Contains($"is of a service that keeps its runs in {database}; name that with --store", elsewhere.Message, StringComparison.Ordinal);
        StateFolderException another = await RefusedAsync(other["state"], await NewAsync(), begun: true);
        Assert.Contains("is another service's, not the folder of the service in", another.Message, StringComparison.Ordinal);
    }

    /// <param name="begun">Whether a service has begun on the database in a folder of its own.</param>
    private static async Task<StateFolderException> RefusedAsync(string state, PostgresOptions? database, bool begun = false)
    {
        if (begun)
        {
            using var own = new TemporaryFolder();
            await using FleetRig rig = await FleetRig.StartAsync(own, postgres: database);
            Assert.NotNull(rig.Host);
        }

        MessageBus bus = await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, null, Stop);
        var host = new CoordinatorHost(
            bus, new CoordinatorHostOptions { StateFolder = state, Postgres = database }, TimeProvider.System, NullLoggerFactory.Instance);
        try
        {
            return await Assert.ThrowsAsync<StateFolderException>(() => host.RunAsync(Stop));
        }
        finally
        {
            await bus.StopAsync(Stop);
        }
    }
}
