using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Fleet;

/// <summary>What a fleet tells runs of its agents.</summary>
public sealed class FleetHooksTests : FleetRegistryCase
{
    [Fact]
    public void Runs_are_told_of_an_agent_that_is_heard_again_and_not_of_one_that_is_changed_while_it_is_away()
    {
        List<bool> joined = [];
        Fleet.Hooks.Joined = (_, said) => joined.Add(said);
        Fleet.Take(Hello(boot: 1), user: null);
        Assert.Equal([true], joined);

        Fleet.Take(Beat(boot: 1), user: null);
        Time.Advance(3 * Heartbeat);
        Label("silent");
        Assert.Equal([true], joined);
        Fleet.Take(Beat(boot: 1), user: null);
        Assert.Equal([true, false], joined);
        Time.Advance(3 * Heartbeat);
        Fleet.Take(new Pong { Header = Header(nameof(Pong), boot: 1) }, user: null);
        Assert.Equal([true, false, false], joined);
        Label("there");
        Assert.Equal([true, false, false, false], joined);

        Fleet.Take(new AgentBye { Header = Header(nameof(AgentBye), boot: 1), Reason = "stopped" }, user: null);
        Label("left");
        Fleet.Take(new Pong { Header = Header(nameof(Pong), boot: 1) }, user: null);
        Assert.Equal([true, false, false, false], joined);
    }

    [Fact]
    public void A_draining_agent_is_not_withdrawn_from_its_task_and_one_that_is_barred_is_with_the_reason()
    {
        List<(string, string)> withdrawn = [];
        Fleet.Hooks.Withdrawn = (_, code, detail) => withdrawn.Add((code, detail));
        Fleet.Take(Hello(boot: 1), user: null);

        Stand(AgentStanding.Draining, "for the night");
        Assert.Empty(withdrawn);
        Stand(AgentStanding.Quarantined, "odd results");
        Stand(AgentStanding.Revoked, reason: null);

        Assert.Equal([("Quarantined", "odd results"), ("Revoked", "Revoked")], withdrawn);
    }

    private void Label(string what) =>
        Fleet.Change(
            "a", agent => agent with { OperatorLabels = new Dictionary<string, string?> { ["state"] = what } }, what, "operator", command: null);

    private void Stand(AgentStanding standing, string? reason) =>
        Fleet.Change("a", agent => agent with { Standing = standing, Reason = reason }, "changed", "operator", command: null);
}
