using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Service;
using EdgeFlora.Testing.Network;

namespace EdgeFlora.Figures;

/// <summary>
/// What an agent costs its device, for docs/benchmarks.md: real processes and a real broker, the model that comes with EdgeFlora. Measured when asked
/// for: <c>dotnet run --project bench/Figures -c Release -- -class "*DeviceFigures" -showliveoutput</c>.
/// </summary>
public sealed class DeviceFigures(BrokerFixture broker, ManagedBroker managed) : IClassFixture<ManagedBroker>
{
    private const int Tries = 3;

    /// <summary>No limit that a link of one machine would reach.</summary>
    private const int Unlimited = 1_000_000_000;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enroll_to_the_first_accepted_result()
    {
        List<double> enrolled = [], accepted = [];
        await using EnrolledFleet fleet = await EnrolledFleet.StartAsync(
            managed.Broker.Url("enrolment"), $"management: '{managed.Broker.Management.OriginalString}'");
        for (int i = 1; i <= Tries; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"pump-{i}");
            RunDetail run = JsonSerializer.Deserialize<RunDetail>(
                await ServedFleet.OkAsync(
                    "runs", "submit", fleet.In("spec.yaml"), "--json", "--set", $"name=first-{i}", "--set", $"agents.selector=site={name}"),
                ApiJson.Options)!;
            string[] enroll = await EnrolledFleet.TokenAsync("--labels", $"site={name}");
            long began = Stopwatch.GetTimestamp();
            await using EdgeFloraProcess enrolling = EdgeFloraProcess.StartBrief([.. enroll, "--name", name, "--state", fleet.In(name)]);
            Assert.Equal(0, await enrolling.EndAsync());
            enrolled.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            EdgeFloraProcess agent = fleet.Agent(name);
            while ((await ServedFleet.ShowAsync(run.Summary.Id.ToString())).Rounds is not [{ Figures: not null }, ..])
            {
                await Task.Delay(Look, Stop);
            }

            accepted.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await agent.StopAsync();
        }

        Say($"agent enroll, a process of its own: {Text(enrolled)} s; from its start to the first result accepted and merged, the agent's start "
            + $"included: {Text(accepted)} s");
    }

    [Fact]
    public async Task Memory_and_processor_time_of_an_agent_that_waits()
    {
        List<double> before = [], after = [], busy = [];
        await using var fleet = new ServedFleet(broker.Url("figures"));
        await fleet.ServeAsync();
        for (int i = 0; i < Tries; i++)
        {
            await using EdgeFloraProcess agent = fleet.StartAgent($"agent-{i}", []);
            await agent.LineAsync($"agent agent-{i}: idle");
            await Task.Delay(Rest, Stop);
            before.Add(agent.WorkingSet / 1e6);
            TimeSpan used = agent.ProcessorTime;
            await Task.Delay(Rest, Stop);
            busy.Add((agent.ProcessorTime - used).TotalMilliseconds / Rest.TotalSeconds);
            string run = await fleet.SubmitAsync($"rest-{i}", "agents.min=1");
            Assert.Equal(0, (await ServedFleet.WatchAsync(run)).Code);
            await Task.Delay(Rest, Stop);
            after.Add(agent.WorkingSet / 1e6);
            await agent.StopAsync();
        }

        Say($"an agent that waits: working set {Text(before)} MB before its first task, {Text(after)} MB 20 s after a run of two rounds; "
            + $"{Text(busy)} ms of processor time a second");
    }

    [Fact]
    public async Task Bytes_at_the_socket_beside_those_of_the_bodies()
    {
        const int Rounds = 10;
        PrivateBroker server = broker.Own;
        await using var link = new TcpProxy("127.0.0.1", server.Port, Unlimited, TimeSpan.Zero);
        link.Start();
        await using var fleet = new ServedFleet(broker.Url("figures"));
        await fleet.ServeAsync();
        string url = string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{link.Port}/figures");
        await using EdgeFloraProcess agent = EdgeFloraProcess.Start(
            url,
            "agent", "--name", "far", "--data", fleet.In("data.jsonl"), "--state", fleet.In("far"), "--no-measure", "--engine", "portable");
        await agent.LineAsync("agent far: idle");
        long began = link.Passed;
        long started = Stopwatch.GetTimestamp();
        string run = await fleet.SubmitAsync("bytes", "agents.min=1", FormattableString.Invariant($"rounds.count={Rounds}"), "training.steps=20");
        Assert.Equal(0, (await ServedFleet.WatchAsync(run)).Code);
        double passed = link.Passed - began;
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        RunDetail over = await ServedFleet.ShowAsync(run);
        double bodies = over.Rounds.Sum(round => round.Figures!.BytesUp + round.Figures.BytesDown);

        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{Rounds} rounds of one agent in {took.TotalSeconds:0} s: {passed / Rounds / 1000:0.0} kB a round at the socket, both ways, "
                + $"{bodies / Rounds / 1000:0.0} kB of bodies claimed: {passed / bodies:0.000} times"));
    }

    [Fact]
    public async Task What_limits_cost_that_are_never_reached()
    {
        List<double> without = [], with = [];
        await using var fleet = new ServedFleet(broker.Url("figures"));
        await fleet.ServeAsync();
        string limits = fleet.Write("limits.yaml", "limits: {memory: 4 GB, up: 100 MB, down: 100 MB, disk: 100 GB, nice: 1}\n");
        for (int i = 0; i < Tries; i++)
        {
            without.Add(await WorkAsync(fleet, $"free-{i}"));
            with.Add(await WorkAsync(fleet, $"held-{i}", "--config", limits));
        }

        double ratio = with.Order().ElementAt(Tries / 2) / without.Order().ElementAt(Tries / 2);
        Say($"processor time of an agent's life of one run of 3 x 60 steps: {Text(without)} s without limits, {Text(with)} s with limits of memory, "
            + string.Create(CultureInfo.InvariantCulture, $"network, disk and niceness that are never reached: {ratio:0.00} times"));
    }

    /// <returns>Seconds of processor time.</returns>
    private static async Task<double> WorkAsync(ServedFleet fleet, string name, params string[] options)
    {
        await using EdgeFloraProcess agent = fleet.StartAgent(name, options);
        await agent.LineAsync($"agent {name}: idle");
        string run = await fleet.SubmitAsync(name, "agents.min=1", "rounds.count=3", "training.steps=60", "training.batch=16", "training.maxTokens=64");
        while (await ServedFleet.StateAsync(run) is not RunState.Completed)
        {
            await Task.Delay(Look, Stop);
        }

        TimeSpan used = agent.ProcessorTime;
        await agent.StopAsync();
        return used.TotalSeconds;
    }

    private static string Text(List<double> figures)
    {
        double median = figures.Order().ElementAt(figures.Count / 2);
        return string.Create(CultureInfo.InvariantCulture, $"median {median:0.0} (")
            + string.Join(", ", figures.Select(figure => figure.ToString("0.0", CultureInfo.InvariantCulture))) + ")";
    }

    private static void Say(string figures) => TestContext.Current.TestOutputHelper!.WriteLine(figures);
}
