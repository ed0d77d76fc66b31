using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Hosting;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Hosting;

public sealed class AgentSessionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_whose_display_fails_ends_with_the_reason()
    {
        await using Bench bench = await Bench.StartAsync();
        var settings = new ConfiguredAgent(bench.Options, new BrokerOptions(), bench.WriteData(), WeightStorage.Mapped, MeasureDevice: false);
        var trainer = AgentTrainer.Of(new EngineChoice(new SteppingEngine()), settings.Agent);
        using AgentSession session = await AgentSession.OpenAsync(settings, trainer, TimeProvider.System, Stop);

        IOException why = await Assert.ThrowsAsync<IOException>(
            () => session.RunAsync(NullLoggerFactory.Instance, new BrokenDisplay(), Stop).InTimeAsync());

        Assert.Equal("agent.ready is held by another program", why.Message);
    }

    private sealed class BrokenDisplay : IAgentObserver
    {
        public void Said(string line)
        {
        }

        public void Began(string engine, int specialTokensAsText)
        {
        }

        public void Changed(AgentState state) => throw new IOException("agent.ready is held by another program");

        public void Waits(string line)
        {
        }
    }
}
