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
        fleet.Hooks.Withdrawn = (agent, code, detail) => led.Post(new AgentWithdrawn(agent, code, detail));
        fleet.Hooks.CutOff = (agent, boot) => led.Post(new AgentCutOff(agent, boot));
        fleet.Hooks.Heard = led.Post;
        fleet.Hooks.IsWanted = open => catalogue.Find(open.RunId) is { IsOver: false };
    }

    private void Joined(FleetAgent agent, bool said)
    {
        foreach (RunHost host in led.All)
        {
            if (catalogue.Find(host.Id) is not { } run)
            {
                continue;
            }

            if (AgentWithdrawn.Of(agent, run) is { } away)
            {
                host.Post(away);
            }
            else if (agent.MayWorkFor(run.Id))
            {
                host.Post(agent, said);
            }
        }

        changed();
    }
}
