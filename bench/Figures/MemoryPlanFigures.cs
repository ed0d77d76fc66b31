using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Integration.Tests.Service;

namespace EdgeFlora.Figures;

/// <summary>
/// Whether an agent keeps to the memory that it has planned, over twenty rounds in a control group, for docs/benchmarks.md: a real broker, service
/// and agent as processes. Measured when asked for:
/// <c>dotnet run --project bench/Figures -c Release -- -class "*MemoryPlanFigures" -showliveoutput</c>.
/// </summary>
public sealed partial class MemoryPlanFigures(BrokerFixture broker)
{
    private const int Rounds = 20;

    private static readonly string Long = string.Join(' ', Enumerable.Repeat("stream", 128));

    [Theory]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(1024)]
    public async Task An_agent_in_a_control_group_keeps_to_its_plan(int mebibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Control groups are Linux's.");
        string name = FormattableString.Invariant($"edgeflora-{Environment.ProcessId}-{mebibytes}");
        using var group = ControlGroup.TryCreate(name, (long)mebibytes << 20);
        Assert.SkipWhen(group is null, "no control group can be made here");
        await using var fleet = new ServedFleet(broker.Url("figures"));
        await fleet.ServeAsync();
        IEnumerable<string> rows = Enumerable.Range(0, 80)
            .Select(i => JsonSerializer.Serialize(new { text = Long, label = i % 2 == 0 ? "files" : "network" }));
        string data = fleet.Write("long.jsonl", string.Join('\n', rows));
        await using EdgeFloraProcess agent = EdgeFloraProcess.StartIn(
            group.Entrance, broker.Url("figures"), ["agent", "--name", "a", "--data", data, "--state", fleet.In("agent-a"), "--engine", "portable"]);
        await agent.LineAsync("agent a: idle");
        long idle = agent.PeakWorkingSet;
        string run = await fleet.SubmitAsync(
            "memory",
            "agents.min=1",
            FormattableString.Invariant($"rounds.count={Rounds}"),
            "training.steps=2",
            "training.batch=32",
            "training.maxTokens=128");

        Assert.Equal(0, (await ServedFleet.WatchAsync(run)).Code);

        string[] plans = [.. agent.Lines.Where(line => line.Contains(": training for round ", StringComparison.Ordinal)).Distinct()];
        Assert.Equal(Rounds, plans.Length);
        long plan = plans.Max(line => long.Parse(Megabytes().Match(line).Groups[1].Value, CultureInfo.InvariantCulture)) * 1_000_000;
        long peak = agent.PeakWorkingSet;
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {mebibytes} | {idle / 1e6:0} | {plan / 1e6:0} | {peak / 1e6:0} | {100.0 * peak / plan:0} % | {group.Peak / 1e6:0} | "
                + $"{group.Reached} | {plans[^1][(plans[^1].IndexOf("fits in", StringComparison.Ordinal))..]} |"));
        Assert.InRange(plan, 1, (long)mebibytes << 20);
        Assert.InRange(peak, 1, plan * 11 / 10);
        Assert.Equal(0, await agent.StopAsync());
    }

    [GeneratedRegex(@"fits in (\d+) MB")]
    private static partial Regex Megabytes();
}
