using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Options;

namespace EdgeFlora.EdgeAgent.Tests.Options;

public sealed class AgentOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly AgentOptions good;

    public AgentOptionsTests()
    {
        File.WriteAllText(folder.In("data.jsonl"), "");
        good = new AgentOptions
        {
            Name = "agent-1",
            Models = [ModelOptions.Of(folder.Path)],
            Data = [new DataSetOptions { Files = [folder.In("data.jsonl")] }],
            StateFolder = folder.In("state"),
        };
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Sound_settings_pass() => good.Validate();

    [Fact]
    public void Every_wrong_setting_is_named_with_its_value()
    {
        AgentOptions wrong = good with
        {
            Name = "Agent 1",
            Models = [ModelOptions.Of("/nowhere")],
            Data = [new DataSetOptions { Name = "Own", Files = ["/nowhere/data.jsonl"], HeldOutFraction = double.NaN }],
            Labels = new Dictionary<string, string> { ["site"] = "a b" },
            StateFolder = folder.In("data.jsonl"),
            Engine = "gpu",
            Limits = new LimitOptions { Threads = 0, Nice = 20, DiskBytes = 0 },
            Trainer = new TrainerOptions { Command = [] },
            Drill = new AgentDrill { SlowRound = -1, SlowFactor = 0.5 },
            Resilience = new ResilienceOptions { Retries = -1, LongestDelay = TimeSpan.Zero },
        };

        string[] failures = [.. Assert.Throws<OptionsValidationException>(wrong.Validate).Failures];

        string[] named =
        [
            "Agent:Name is 'Agent 1'", "Agent:Models:nowhere is '/nowhere'", "Agent:StateFolder is '", "Agent:Labels:site is 'a b'",
            "Agent:Engine is 'gpu'",
            "Agent:Data:0:Name is 'Own'", "Agent:Data:0:Files has '/nowhere/data.jsonl'", "Agent:Data:0:HeldOutFraction is NaN",
            "Agent:Limits:Threads is 0", "Agent:Limits:Nice is 20", "Agent:Limits:DiskBytes is 0", "Agent:Trainer is set, but Engine is 'gpu'",
            "Agent:Resilience:LongestDelay is 00:00:00", "Agent:Resilience:Retries is -1", "Agent:Drill:SlowRound is -1",
            "Agent:Drill:SlowFactor is 0.5",
        ];
        Assert.Equal(named.Length, failures.Length);
        Assert.All(named.Zip(failures), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_role_needs_its_data()
    {
        Assert.Contains(
            "Agent:Data:0:Files is empty",
            Assert.Throws<OptionsValidationException>((good with { Data = [new DataSetOptions()] }).Validate).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "Agent:Data:0:HeldOutFile is not set",
            Assert.Throws<OptionsValidationException>((good with { Role = AgentRole.Evaluator }).Validate).Message,
            StringComparison.Ordinal);
    }
}
