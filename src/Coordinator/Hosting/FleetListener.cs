using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Hands what becomes of agents to the runs that are led.</summary>
/// <param name="changed">Called when an agent has come that may let another run begin.</param>
internal sealed class FleetListener(FleetRegistry fleet, RunCatalogue catalogue, LedRuns led, Action changed)
{
    /// <summary>Listens from now on.</summary>
    public void Begin()
    {
        fleet.Hooks.Joined = Joined;
        fleet.Hooks.Withdrawn = Withdrawn;
        fleet.Hooks.CutOff = (agent, boot) => led.Post(new AgentCutOff(agent, boot));
        fleet.Hooks.Heard = led.Post;
        fleet.Hooks.IsWanted = open => catalogue.Find(open.RunId) is { IsOver: false };
    }

    private void Joined(FleetAgent agent)
    {
        foreach (RunHost host in led.All)
        {
            if (catalogue.Find(host.Id)?.Wants(agent) == true)
            {
                host.Post(agent, said: true);
            }
            else
            {
                host.Post(new AgentWithdrawn(agent.Name, "Selector", "its labels or data do not fit the run"));
            }
        }

        changed();
    }

    /// <summary>An agent that is drained finishes what it has: runs see that as they ask for agents.</summary>
    private void Withdrawn(string agent, string code, string detail)
    {
        if (code != nameof(AgentStanding.Draining))
        {
            led.Post(new AgentWithdrawn(agent, code, detail));
        }
    }
}
