using System.Net;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Coordinator.Tests.Given.ObjectStore;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Testing.Network;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>Two coordinators on one database: whatever becomes of the one that leads, its runs go on to the same models.</summary>
public sealed class ReplicaTests(BrokerFixture broker, PostgresFixture postgres, SwiftFixture swift)
{
    private string Url => broker.Url("service");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_leader_that_is_killed_in_mid_round_is_succeeded_and_nothing_is_lost_or_done_twice()
    {
        await using ReplicaFleet fleet = await StartAsync();
        string[] undisturbed = await fleet.CompletedAsync(await fleet.SubmitAsync("undisturbed"));
        string run = await fleet.SubmitAndHoldAsync("disturbed");

        await fleet.Leader.KillAsync();
        await ReplicaFleet.LeadsAsync(fleet.Standby);
        fleet.LetGo();

        Assert.Equal(undisturbed, await fleet.CompletedAsync(run));
        Assert.Equal((1, 1), (fleet.Offers(2, "a"), fleet.Offers(2, "b")));
        Assert.Equal(
            [1, 2, 3],
            fleet.Events.All.Where(happened => happened.RunId.ToString() == run && happened.Kind == RunEventKind.RoundCommitted)
                .DistinctBy(happened => happened.Sequence).Select(happened => happened.Round));
    }

    [Fact]
    public async Task A_run_is_submitted_and_watched_through_a_standby_while_another_takes_the_lead()
    {
        await using ReplicaFleet fleet = await StartAsync();
        await fleet.OperateThroughStandbyAsync();
        string run = await fleet.SubmitAndHoldAsync("through the standby");
        using var standby = new HttpClient { BaseAddress = new Uri((await fleet.Standby.LineAsync("started at ")).Split(' ')[2]) };
        using HttpResponseMessage stream = await standby.GetAsync($"/api/v1/runs/{run}/events", HttpCompletionOption.ResponseHeadersRead, Stop);
        using var events = new StreamReader(await stream.Content.ReadAsStreamAsync(Stop));
        string first = (await events.ReadLineAsync(Stop))!;

        await fleet.Leader.KillAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => events.ReadToEndAsync(Stop));
        await fleet.Standby.LineAsync("serving at ");
        fleet.LetGo();

        Assert.StartsWith("id: ", first, StringComparison.Ordinal);
        Assert.Equal(3, (await fleet.CompletedAsync(run)).Length);
    }

    [Theory]
    [InlineData(BodyPlace.Postgres)]
    [InlineData(BodyPlace.S3)]
    public async Task A_machine_that_is_lost_with_its_disk_is_succeeded_by_one_that_shares_no_folder_with_it(BodyPlace bodies)
    {
        PostgresOptions place = await (await postgres.ServerAsync()).NewDatabaseAsync();
        place = bodies == BodyPlace.S3
            ? place.With(s3: await (await swift.ServerAsync()).NewBucketAsync())
            : place.With(keepsBodies: true);
        await using ReplicaFleet fleet = await ReplicaFleet.StartAsync(Url, place);
        string[] undisturbed = await fleet.CompletedAsync(await fleet.SubmitAsync("undisturbed"));
        string run = await fleet.SubmitAndHoldAsync("disturbed");

        await fleet.Leader.KillAsync();
        Directory.Delete(fleet.FolderOf(0), recursive: true);
        await ReplicaFleet.LeadsAsync(fleet.Standby);
        fleet.LetGo();

        Assert.Equal(undisturbed, await fleet.CompletedAsync(run));
        Assert.Equal((1, 1), (fleet.Offers(2, "a"), fleet.Offers(2, "b")));
        string verified = await ServedFleet.OkAsync("runs", "verify", run);
        Assert.Equal(3, verified.Split('\n').Count(line => line.Contains("the same bytes came of it", StringComparison.Ordinal)));
        await ServedFleet.OkAsync("runs", "export", run, "--out", fleet.In("exported"));
        Assert.True(File.Exists(Path.Combine(fleet.In("exported"), "adapter", "adapter_model.safetensors")));
    }

    [Fact]
    public async Task A_leader_that_stood_still_for_longer_than_its_lease_stands_down_and_writes_and_sends_nothing_more()
    {
        await using ReplicaFleet fleet = await StartAsync(lease: "10s");
        string[] undisturbed = await fleet.CompletedAsync(await fleet.SubmitAsync("undisturbed"));
        string run = await fleet.SubmitAndHoldAsync("disturbed");

        await fleet.Leader.TellAsync("STOP");
        await ReplicaFleet.LeadsAsync(fleet.Standby);
        RunEvent recovered = await fleet.Events.SeenAsync(
            happened => happened.RunId.ToString() == run && happened.Kind == RunEventKind.CoordinatorRecovered);
        await fleet.Leader.TellAsync("CONT");
        string down = await fleet.Leader.LineAsync("stood down: ");
        fleet.LetGo();

        Assert.Equal("term 2", recovered.Detail);
        Assert.EndsWith("; this one stands by.", down, StringComparison.Ordinal);
        Assert.Equal(undisturbed, await fleet.CompletedAsync(run));

        // It is a replica like any other again.
        await fleet.Standby.StopAsync();
        await ReplicaFleet.LeadsAsync(fleet.Leader, time: 2);
        Assert.Equal(undisturbed, await fleet.CompletedAsync(await fleet.SubmitAsync("afterwards")));
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_from_the_database_alone_lets_go_of_the_brokers_queues_and_stands_down()
    {
        PostgresOptions place = await (await postgres.ServerAsync()).NewDatabaseAsync();
        await using var link = new TcpProxy(place.Host, place.Port, bytesPerSecond: 100_000_000, delay: TimeSpan.Zero);
        link.Start();
        await using ReplicaFleet fleet = await ReplicaFleet.StartAsync(Url, place, lease: "10s", leaderPort: link.Port);
        string run = await fleet.SubmitAndHoldAsync("cut off");

        link.GoDown();
        await ReplicaFleet.LeadsAsync(fleet.Standby);
        string down = await fleet.Leader.LineAsync("stood down: ");
        fleet.LetGo();

        Assert.StartsWith("stood down: The lease was not renewed for 10 s (", down, StringComparison.Ordinal);
        await fleet.CompletedAsync(run);
        Assert.Equal((1, 1), (fleet.Offers(2, "a"), fleet.Offers(2, "b")));
        link.ComeUp();
        await fleet.Leader.LineAsync("standing by: ");
    }

    [Fact]
    public async Task A_database_that_is_started_again_in_mid_round_holds_the_run_up_and_no_more()
    {
        await using PrivatePostgres server = await PrivatePostgres.StartNewAsync(Stop);
        await using ReplicaFleet fleet = await ReplicaFleet.StartAsync(Url, await server.NewDatabaseAsync());
        string run = await fleet.SubmitAndHoldAsync("disturbed");

        await server.StopAsync(Stop);
        await server.StartAsync(Stop);
        fleet.LetGo();

        await fleet.CompletedAsync(run);
        Assert.Equal((1, 1), (fleet.Offers(2, "a"), fleet.Offers(2, "b")));
    }

    [Fact]
    public async Task A_leader_that_is_stopped_hands_over_and_a_standby_says_who_leads()
    {
        await using ReplicaFleet fleet = await StartAsync();
        await fleet.Standby.LineAsync("handing requests on to ");
        using var standby = new HttpClient { BaseAddress = new Uri((await fleet.Standby.LineAsync("started at ")).Split(' ')[2]) };
        using HttpResponseMessage alive = await standby.GetAsync("/healthz", Stop);
        using HttpResponseMessage ready = await standby.GetAsync("/readyz", Stop);
        using HttpResponseMessage runs = await standby.GetAsync("/api/v1/runs", Stop);
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (alive.StatusCode, ready.StatusCode, runs.StatusCode));
        string leads = $"{Environment.MachineName}, process ";
        Assert.StartsWith($"standby; {leads}", await ready.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        string run = await fleet.SubmitAndHoldAsync("handed over");

        Assert.Equal(0, await fleet.Leader.StopAsync());
        await ReplicaFleet.LeadsAsync(fleet.Standby);
        fleet.LetGo();

        await fleet.CompletedAsync(run);
        using HttpResponseMessage led = await standby.GetAsync("/readyz", Stop);
        Assert.Equal("ready\n", await led.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task A_replica_with_a_state_folder_of_its_own_is_refused_with_what_it_lacks()
    {
        await using ReplicaFleet fleet = await StartAsync();

        EdgeFloraProcess lost = fleet.StartReplica(state: "another");

        Assert.Equal(2, await lost.EndAsync());
        Assert.Contains(
            lost.Lines,
            line => line.Contains("is not the folder of the service in PostgreSQL database", StringComparison.Ordinal)
                && line.Contains("all replicas need the same one", StringComparison.Ordinal));
    }

    private async Task<ReplicaFleet> StartAsync(string lease = "30s") =>
        await ReplicaFleet.StartAsync(Url, await (await postgres.ServerAsync()).NewDatabaseAsync(), lease);
}
