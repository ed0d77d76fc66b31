using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>What runs until it is told to stop has done well when it has stopped: a supervisor must not take that for a failure.</summary>
public sealed class StopSignalTests(BrokerFixture broker)
{
    [Fact]
    public async Task A_service_and_its_agents_that_stop_at_a_signal_end_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are not Windows'.");
        await using var fleet = new ServedFleet(broker.Url("service"));
        await fleet.ServeAsync();
        EdgeFloraProcess interrupted = fleet.StartAgent("a"), terminated = fleet.StartAgent("b");
        await interrupted.LineAsync("agent a: idle");
        await terminated.LineAsync("agent b: idle");

        Assert.Equal(0, await interrupted.SignalAsync("INT"));
        Assert.Equal(0, await terminated.SignalAsync("TERM"));
        Assert.Equal(0, await fleet.Service.SignalAsync("TERM"));
    }
}
