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
        good = new AgentOptions { Name = "agent-1", ModelFolder = folder.Path, DataFile = folder.In("data.jsonl"), StateFolder = folder.In("state") };
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
            ModelFolder = "/nowhere",
            DataFile = "/nowhere/data.jsonl",
            StateFolder = good.DataFile!,
            HeldOutFraction = double.NaN,
            Engine = "gpu",
            Threads = 0,
            Drill = new AgentDrill { SlowRound = -1, SlowFactor = 0.5 },
            Resilience = new ResilienceOptions { Retries = -1, LongestDelay = TimeSpan.Zero },
        };

        string[] failures = [.. Assert.Throws<OptionsValidationException>(wrong.Validate).Failures];

        string[] named =
        [
            "Agent:Name is 'Agent 1'", "Agent:ModelFolder is '/nowhere'", "Agent:StateFolder is '", "Agent:DataFile is '/nowhere/data.jsonl'", "Agent:HeldOutFraction is NaN",
            "Agent:Engine is 'gpu'", "Agent:Threads is 0", "Agent:Resilience:LongestDelay is 00:00:00", "Agent:Resilience:Retries is -1", "Agent:Drill:SlowRound is -1", "Agent:Drill:SlowFactor is 0.5",
        ];
        Assert.Equal(named.Length, failures.Length);
        Assert.All(named.Zip(failures), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_role_needs_its_data()
    {
        Assert.Contains("Agent:DataFile is not set", Assert.Throws<OptionsValidationException>((good with { DataFile = null }).Validate).Message, StringComparison.Ordinal);
        Assert.Contains("Agent:HeldOutFile is not set", Assert.Throws<OptionsValidationException>((good with { Role = AgentRole.Evaluator }).Validate).Message, StringComparison.Ordinal);
    }
}
