using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>Rollouts that begin and end, and measure nothing.</summary>
internal static class FakeRollouts
{
    public static RunDetail Begin(RunDetail run, RolloutRequest request, string by) => run with
    {
        Rollouts =
        [
            .. run.Rollouts, new Rollout
            {
                Number = run.Rollouts.Count + 1,
                Set = request.Set,
                Agents = ["pump-1"],
                FromRound = 3,
                Rounds = request.Rounds,
                Margin = request.Margin,
                State = RolloutState.UnderWay,
                BeganAt = DateTimeOffset.UnixEpoch,
                By = by,
                Measured = 1,
                First = new RolloutGroup { Tasks = 1, LossRatio = 0.9 },
                Others = new RolloutGroup { Tasks = 4, Failed = 1, LossRatio = 0.95 },
            },
        ],
    };

    public static RunDetail End(RunDetail run, RolloutEnd end, string by) => run.Rollouts is not [.., { State: RolloutState.UnderWay } last]
        ? throw new ServiceRefusedException(ProblemCode.Conflict, $"No rollout of run {run.Summary.Id} is under way.")
        : run with
        {
            Rollouts =
            [
                .. run.Rollouts.SkipLast(1), last with
                {
                    State = end.Finish ? RolloutState.Finished : RolloutState.Withdrawn,
                    Reason = $"by {by}{(end.Reason is null ? "" : $": {end.Reason}")}",
                },
            ],
        };
}
