using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Finds the runs that operators name.</summary>
internal static class RunLookup
{
    /// <exception cref="ServiceRefusedException">There is no such run.</exception>
    public static RunEntry Require(this Serving parts, Guid run) =>
        parts.Catalogue.Find(run) ?? throw new ServiceRefusedException(
            ProblemCode.NotFound, $"There is no run {run}.", "edgeflora runs ls shows them.");

    /// <param name="what">What is to be done with it: <c>paused</c>.</param>
    /// <exception cref="ServiceRefusedException">There is no such run, or it is over.</exception>
    public static RunEntry RequireOpen(this Serving parts, Guid run, string what)
    {
        RunEntry entry = parts.Require(run);
        return entry.IsOver
            ? throw new ServiceRefusedException(
                ProblemCode.Conflict,
                $"Run {run} is {entry.State} and can't be {what}.",
                $"Begin a new one from its model: edgeflora runs fork {run}")
            : entry;
    }
}
