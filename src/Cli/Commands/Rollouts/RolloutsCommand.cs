using System.CommandLine;

namespace EdgeFlora.Cli.Commands.Rollouts;

/// <summary><c>edgeflora rollouts</c>: changes of how a run trains that some agents have first.</summary>
internal sealed class RolloutsCommand : Command
{
    public RolloutsCommand()
        : base("rollouts", "Let a share of a run's agents train with other settings first; measured, they are given to all or withdrawn.")
    {
        Subcommands.Add(new CreateRolloutCommand());
        Subcommands.Add(new RolloutListCommand());
        Subcommands.Add(new EndRolloutCommand("withdraw", "End the rollout that is under way: nobody keeps the change.", finish: false));
        Subcommands.Add(new EndRolloutCommand("finish", "End the rollout that is under way: all agents get the change.", finish: true));
    }
}
