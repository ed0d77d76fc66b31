using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tests;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Testing.InProcess;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>The service and its agents as processes over a real broker, operated with the commands that people use.</summary>
public sealed class ServiceTests(BrokerFixture broker)
{
    private string Url => broker.Url("service");

    [Fact]
    public async Task Two_runs_on_one_fleet_complete_and_a_fork_begins_from_the_model_of_one()
    {
        await using var fleet = new ServedFleet(Url);
        await fleet.ServeAsync();
        EdgeFloraProcess[] agents = [fleet.StartAgent("a"), fleet.StartAgent("b")];

        string first = await fleet.SubmitAsync("first");
        string second = await fleet.SubmitAsync("second", "seed=8");
        (int Code, string Output, string Error)[] watched = [await ServedFleet.WatchAsync(first), await ServedFleet.WatchAsync(second)];

        Assert.All(watched, run => Assert.True(run.Code == 0, run.Output + run.Error));
        Assert.EndsWith(" first: Completed\n", watched[0].Output, StringComparison.Ordinal);
        Assert.Contains("round 2: committed: 2 of 2 accepted", watched[0].Output, StringComparison.Ordinal);
        string list = await ServedFleet.OkAsync("runs", "ls");
        Assert.Equal(2, list.Split('\n').Count(line => line.Contains("  Completed  2 of 2", StringComparison.Ordinal)));
        RunDetail shown = await ServedFleet.ShowAsync(first);
        Assert.Equal(["a", "b"], shown.Participants.Order());
        Assert.Equal(2, shown.Rounds.Count);
        await ServedFleet.OkAsync("runs", "export", first, "--out", fleet.In("exported"));
        Assert.Equal(["files", "network"], PeftFolder.ReadLabels(fleet.In("exported/adapter"))!);

        string forked = Id(await ServedFleet.OkAsync("runs", "fork", first, "--from-round", "1", "--set", "rounds.count=1", "--json"));
        Assert.Equal(0, (await ServedFleet.WatchAsync(forked)).Code);
        RunDetail fork = await ServedFleet.ShowAsync(forked);

        Assert.Equal(new RunOrigin(Guid.Parse(first), 1), fork.ForkedFrom);

        // What runs until it is told to stop has done well when it has stopped: a supervisor must not take that for a failure.
        bool signals = !OperatingSystem.IsWindows();
        Assert.Equal(0, await (signals ? agents[0].SignalAsync("INT") : agents[0].StopAsync()));
        Assert.Equal(0, await (signals ? agents[1].SignalAsync("TERM") : agents[1].StopAsync()));
        Assert.Equal(0, await (signals ? fleet.Service.SignalAsync("TERM") : fleet.Service.StopAsync()));
    }

    /// <summary>A rate at which nothing is learnt, with some agents first: the others learn as before.</summary>
    [Fact]
    public async Task A_change_that_trains_worse_goes_to_some_agents_first_and_is_withdrawn_by_itself()
    {
        await using var fleet = new ServedFleet(Url);
        await fleet.ServeAsync();
        string run = await fleet.SubmitAsync("tried", "rounds.count=5", "agents.min=3", "training.steps=8");

        // Held, so that none of its rounds is over before the change is there.
        await ServedFleet.OkAsync("runs", "pause", run);
        await fleet.AgentsAsync("a", "b", "c");
        string begun = await ServedFleet.OkAsync(
            "rollouts", "create", run, "--set", "training.learningRate=1e-9", "--share", "0.3", "--rounds", "3", "--margin", "0");
        Assert.Contains("under way", begun, StringComparison.Ordinal);
        await ServedFleet.OkAsync("runs", "resume", run);
        (int code, string output, string error) = await ServedFleet.WatchAsync(run);
        Assert.True(code == 0, output + error);

        RunDetail shown = await ServedFleet.ShowAsync(run);
        Rollout rollout = Assert.Single(shown.Rollouts);
        Assert.Equal(RolloutState.Withdrawn, rollout.State);
        Assert.StartsWith("it trains worse, by over 0: ", rollout.Reason, StringComparison.Ordinal);
        Assert.Single(rollout.Agents);
        Assert.Equal(1, rollout.First.LossRatio!.Value, 3);
        Assert.True(rollout.Others.LossRatio < 1, $"{rollout.First} {rollout.Others}");
        Assert.Null(shown.Spec["training"]!["learningRate"]);
    }

    [Fact]
    public async Task A_coordinator_whose_run_is_incomplete_ends_with_code_3_and_names_the_agents_without_a_result()
    {
        await using var fleet = new ServedFleet(Url);
        await using EdgeFloraProcess coordinator = EdgeFloraProcess.Start(
            Url, "coordinator", "--labels", "files,network", "--state", fleet.In("coordinator"), "--out", fleet.In("out"), "--rounds", "2",
            "--min-agents", "1", "--quorum", "1",
            "--steps", "2", "--batch", "2", "--max-tokens", "12", "--soft-deadline", "5", "--hard-deadline", "10", "--extensions", "0");
        await using EdgeFloraProcess poisoned = EdgeFloraProcess.Start(
            Url,
            "agent",
            "--name",
            "poisoned",
            "--data",
            fleet.In("data.jsonl"),
            "--state",
            fleet.In("agent"),
            "--no-measure",
            "--engine",
            "portable",
            "--drill",
            "nan:1");

        int code = await coordinator.EndAsync();

        Assert.Equal(ExitCode.Incomplete, code);
        Assert.Contains(
            coordinator.Lines,
            line => line.StartsWith(
                "edgeflora coordinator: the run is incomplete: 1 of 2 rounds were skipped: 1; without a result in them: poisoned; ",
                StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_is_paused_changed_resumed_and_another_cancelled()
    {
        await using var fleet = new ServedFleet(Url);
        await fleet.ServeAsync();
        string run = await fleet.SubmitAsync("steered");

        await ServedFleet.OkAsync("runs", "pause", run, "--reason", "not yet");
        await fleet.AgentsAsync("a", "b");
        await ServedFleet.OkAsync("runs", "set", run, "rounds.count=1", "priority=3");
        RunDetail held = await ServedFleet.ShowAsync(run);
        Assert.Equal((RunState.Paused, "not yet", 1, 3), (held.Summary.State, held.Summary.Reason, held.Summary.Rounds, held.Summary.Priority));

        string other = await fleet.SubmitAsync("other", "agents.min=5");
        Assert.Equal(RunState.Queued, await ServedFleet.StateAsync(other));
        await ServedFleet.OkAsync("runs", "cancel", other);
        (int code, string said, _) = await ServedFleet.WatchAsync(other);
        Assert.Equal(1, code);
        Assert.EndsWith(" other: Cancelled\n", said, StringComparison.Ordinal);

        await ServedFleet.OkAsync("runs", "resume", run);
        (code, said, string error) = await ServedFleet.WatchAsync(run);

        Assert.True(code == 0, said + error);
        Assert.Contains("round 1: committed: 2 of 2 accepted", said, StringComparison.Ordinal);
        Assert.DoesNotContain("round 2: opened", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_for_the_agents_that_its_selector_names()
    {
        await using var fleet = new ServedFleet(Url);
        await fleet.ServeAsync();
        await fleet.AgentsAsync("a", "b");
        string run = await fleet.SubmitAsync("chosen", "agents.min=1", "agents.selector=gpu=yes", "rounds.count=1");
        Assert.Equal(RunState.Queued, await ServedFleet.StateAsync(run));

        await ServedFleet.OkAsync("agents", "label", "b", "gpu=yes");
        (int code, string said, string error) = await ServedFleet.WatchAsync(run);

        Assert.True(code == 0, said + error);
        Assert.Equal(["b"], (await ServedFleet.ShowAsync(run)).Participants);
    }

    [Fact]
    public async Task With_TLS_the_first_token_and_the_fingerprint_open_the_service_and_nothing_else_does()
    {
        using var folder = new TemporaryFolder();
        await using EdgeFloraProcess service = EdgeFloraProcess.Start(
            Url, "coordinator", "--listen", "https://127.0.0.1:0", "--state", folder.In("service"));
        string[] add = (await service.LineAsync("  edgeflora context add NAME ")).Trim().Split(' ');
        Environment.SetEnvironmentVariable(Cli.Client.ContextFile.Variable, folder.In("contexts.json"));
        try
        {
            await ServedFleet.OkAsync(["context", "add", "known", .. add[4..]]);
            await ServedFleet.OkAsync("context", "add", "stranger", add[4], "--fingerprint", add[8]);

            Assert.Equal("no runs; submit one: edgeflora runs submit SPEC\n", await ServedFleet.OkAsync("runs", "ls", "--context", "known"));
            (int code, string output, string error) = await CommandRunner.RunAsync("runs", "ls", "--context", "stranger");

            Assert.Equal((2, ""), (code, output));
            Assert.Contains("does not accept requests without an operator token", error, StringComparison.Ordinal);
            string secret = File.ReadAllText(add[6]).Trim();
            Assert.DoesNotContain(service.Lines, line => line.Contains(secret, StringComparison.Ordinal));
            Assert.Equal(0, await service.StopAsync());
        }
        finally
        {
            Environment.SetEnvironmentVariable(Cli.Client.ContextFile.Variable, null);
        }
    }

    [Fact]
    public async Task An_address_that_is_taken_and_a_broker_that_another_service_serves_are_told()
    {
        using var folder = new TemporaryFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using (EdgeFloraProcess late = Start("coordinator", "--dev", "--listen", $"http://{taken.LocalEndpoint}", "--state", folder.In("late")))
        {
            Assert.Equal(2, await late.EndAsync());
            Assert.Contains(
                $"edgeflora coordinator: the API cannot be served at {taken.LocalEndpoint}: another program listens there; "
                    + $"name another address with --listen",
                late.Lines);
        }

        await using EdgeFloraProcess first = Start("coordinator", "--dev", "--listen", "http://127.0.0.1:0", "--state", folder.In("first"));
        await first.LineAsync("serving at ");
        await using EdgeFloraProcess second = Start("coordinator", "--dev", "--listen", "http://127.0.0.1:0", "--state", folder.In("second"));

        Assert.Equal(2, await second.EndAsync());
        await second.LineAsync("edgeflora coordinator: Another coordinator service is at work on this virtual host");
    }

    [Fact]
    public async Task One_run_of_a_spec_keeps_to_its_selector()
    {
        await FleetQueue.EmptyAsync(broker.Url("spec"), TestContext.Current.CancellationToken);
        await using var fleet = new ServedFleet(broker.Url("spec"));
        fleet.StartAgent("a");
        fleet.StartAgent("b");
        string spec = fleet.Write("one.yaml", ServedFleet.Spec + "\nagents: {min: 1, selector: gpu=yes, waitFor: 5s}\ndeadlines: {lease: 5s}\n");

        await using EdgeFloraProcess run = EdgeFloraProcess.Start(
            broker.Url("spec"), "run", spec, "--state", fleet.In("one"), "--out", fleet.In("one-out"));
        int code = await run.EndAsync();

        Assert.Equal(1, code);
        Assert.DoesNotContain(run.Lines, line => line.Contains("accepted", StringComparison.Ordinal));
        spec = fleet.Write("all.yaml", ServedFleet.Spec);
        await using EdgeFloraProcess all = EdgeFloraProcess.Start(
            broker.Url("spec"), "run", spec, "--state", fleet.In("all"), "--out", fleet.In("all-out"));
        code = await all.EndAsync();

        Assert.True(code == 0, string.Join('\n', all.Lines));
        Assert.Equal(["files", "network"], PeftFolder.ReadLabels(fleet.In("all-out/adapter"))!);
    }

    private EdgeFloraProcess Start(params string[] arguments) => EdgeFloraProcess.Start(Url, arguments);

    private static string Id(string detail) => JsonSerializer.Deserialize<RunDetail>(detail, ApiJson.Options)!.Summary.Id.ToString();
}
