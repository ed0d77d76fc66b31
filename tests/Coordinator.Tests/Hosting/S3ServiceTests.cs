using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Coordinator.Tests.Given.ObjectStore;
using EdgeFlora.Coordinator.Tests.Store.S3;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>A service whose bodies are in S3, through changes of leaders and outages.</summary>
public sealed class S3ServiceTests(PostgresFixture postgres, SwiftFixture swift) : SharedStateTests(postgres)
{
    [Fact]
    public async Task Another_machine_with_nothing_but_database_and_bucket_goes_on_and_proves_and_gives_out_what_came_of_it()
    {
        RunOutcome expected = await OnFileAsync();
        S3Options bucket = await (await swift.ServerAsync()).NewBucketAsync();
        await using FleetRig rig = await StartAsync(bucket);
        (Guid run, TaskCompletionSource mayWork) = await HoldAsync(rig);

        await rig.Host.DieAsync();
        Directory.Delete(rig.StateFolder, recursive: true);
        rig.StateFolder = Folder["another machine"];
        await rig.RestartAsync();
        mayWork.SetResult();
        RunOutcome outcome = await rig.OutcomeAsync(run);

        Assert.Equal((RunStatus.Completed, expected.ModelSha256), (outcome.Status, outcome.ModelSha256));
        rig.StateFolder = Folder["a third one"];
        await rig.RestartAsync();
        await AssertProvenAsync(rig, run, expected);
        Assert.True((await rig.Host.Monitor.ResourcesAsync(Stop)).BodyBytes > 0);
        await rig.Runs.DeleteAsync(FleetRig.Command(), run, Stop);
        await LimitedWait.UntilAsync(async () => (await BucketRig.ListAsync(bucket)).Count == 0, state: null, "the run's objects go");
    }

    [Fact]
    public async Task S3_that_is_away_holds_a_run_up_through_a_change_of_leaders_says_so_and_loses_nothing()
    {
        RunOutcome expected = await OnFileAsync();
        PrivateSwift server = await swift.ServerAsync();
        await using FaultyGateway gateway = await FaultyGateway.StartAsync(server.Port);
        S3Options bucket = await server.NewBucketAsync(gateway.Port) with { Timeout = TimeSpan.FromSeconds(1) };
        await using FleetRig rig = await StartAsync(bucket);
        (Guid run, TaskCompletionSource mayWork) = await HoldAsync(rig);

        // The last update of the round is stored; its merge cannot store the model.
        HeldAnswer last = gateway.Hold("PUT ");
        mayWork.SetResult();
        await last.Come.Task.InTimeAsync();
        gateway.Down = "SlowDown";
        last.Gate.SetResult();
        await SaysSoAsync(rig, run);
        ServiceAlert alert = Assert.Single(
            await rig.Host.Monitor.AlertsAsync(Stop), alert => alert.Sentence.StartsWith("Bodies have not been stored", StringComparison.Ordinal));
        Assert.Equal(AlertSeverity.Critical, alert.Severity);

        // The next leader lacks copies of all that there is.
        await rig.Host.DieAsync();
        Directory.Delete(rig.StateFolder, recursive: true);
        rig.StateFolder = Folder["another machine"];
        await rig.RestartAsync();
        await SaysSoAsync(rig, run);
        gateway.Down = null;
        RunOutcome outcome = await rig.OutcomeAsync(run);

        Assert.Equal((RunStatus.Completed, expected.ModelSha256), (outcome.Status, outcome.ModelSha256));
        RunDetail over = await rig.FindAsync(run);
        Assert.All(over.Rounds, round => Assert.Equal(Agents, round.Figures!.Accepted.Order()));
    }

    [Fact]
    public async Task A_bucket_that_does_not_let_the_service_in_ends_its_start_with_a_sentence_and_leaves_the_lead_to_others()
    {
        PostgresOptions place = await NewAsync();
        S3Options nowhere = (await swift.ServerAsync()).OptionsOf("nowhere");

        StoreUnavailableException refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => ServeAsync(place.With(s3: nowhere)));

        Assert.Equal($"{nowhere}: there is no such bucket; make it, or correct s3.bucket or s3.region.", refused.Message);
        await AssertLeaseIsReleasedAsync(place);
    }

    [Fact]
    public async Task Where_bodies_are_is_not_changed_by_a_setting()
    {
        PostgresOptions place = await NewAsync();
        S3Options bucket = await (await swift.ServerAsync()).NewBucketAsync();
        await using (FleetRig rig = await FleetRig.StartAsync(Folder, postgres: place.With(s3: bucket)))
        {
            await rig.AddAsync(null, Agents);
            await rig.OutcomeAsync(await rig.SubmitAsync("in the bucket", rounds: 1));
        }

        Assert.StartsWith(
            $"The service in {place} keeps its bodies in S3; say so with store.bodies: s3",
            (await Assert.ThrowsAsync<StateFolderException>(() => ServeAsync(place))).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"store.bodies is postgres, but the service in {place} keeps its bodies in S3; say so with store.bodies: s3",
            (await Assert.ThrowsAsync<StateFolderException>(() => ServeAsync(place.With(keepsBodies: true)))).Message,
            StringComparison.Ordinal);
    }

    private static async Task SaysSoAsync(FleetRig rig, Guid run)
    {
        string? said = null;
        async Task<bool> SaysAsync()
        {
            said = (await rig.FindAsync(run)).Summary.Waiting?.Sentence;
            return said?.Contains("bodies have not been stored or read for", StringComparison.Ordinal) == true;
        }

        await LimitedWait.UntilAsync(SaysAsync, () => $"It said: {said}", "the run says what it waits for");
        Assert.Contains("it is too busy or broken (503 SlowDown", said, StringComparison.Ordinal);
    }

    private static async Task<RunOutcome> OnFileAsync()
    {
        using var apart = new TemporaryFolder();
        await using FleetRig rig = await FleetRig.StartAsync(apart);
        await rig.AddAsync((_, _) => Task.CompletedTask, Agents);
        return await rig.OutcomeAsync(await rig.SubmitAsync("on a file", rounds: 3));
    }

    private async Task<FleetRig> StartAsync(S3Options bucket) =>
        await FleetRig.StartAsync(Folder, postgres: (await NewAsync()).With(s3: bucket));

    /// <summary>A run whose second round lacks but the update of <c>c</c>.</summary>
    private static async Task<(Guid Run, TaskCompletionSource MayWork)> HoldAsync(FleetRig rig)
    {
        var mayWork = new TaskCompletionSource();
        await rig.AddAsync(
            (offer, stop) => offer.Header.Round == 2 && offer.Header.AgentId == "c" ? mayWork.Task.WaitAsync(stop) : Task.CompletedTask, Agents);
        Guid run = await rig.SubmitAsync("in a bucket", rounds: 3, but: spec => spec with { Retention = spec.Retention with { Results = 3 } });
        foreach (string agent in new[] { "a", "b" })
        {
            await rig.Events.SeenAsync(e => e.RunId == run && e is { Kind: RunEventKind.ResultAccepted, Round: 2 } && e.AgentId == agent);
        }

        return (run, mayWork);
    }

    private async Task ServeAsync(PostgresOptions place)
    {
        MessageBus bus = await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, null, Stop);
        try
        {
            var options = new CoordinatorHostOptions { StateFolder = Folder["state"], Postgres = place };
            await new CoordinatorHost(bus, options, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(Stop).InTimeAsync();
        }
        finally
        {
            await bus.StopAsync();
        }
    }
}
