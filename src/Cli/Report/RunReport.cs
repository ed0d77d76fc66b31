using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Report;

/// <summary>What the report of any run is made of: what the service says of it, and its events.</summary>
internal sealed record RunReport(RunDetail Run, RunView View)
{
    public static RunReport Of(RunDetail run, IEnumerable<RunEvent> events) =>
        new(run, events.Aggregate(RunView.Empty, (view, happened) => view.Apply(happened)));

    /// <summary>Rounds that have a model, in order.</summary>
    public IEnumerable<(int Round, RoundFigures Figures)> Committed =>
        Run.Rounds.Where(round => round.Figures is not null).Select(round => (round.Round, round.Figures!));

    public bool IsLanguage => Run.Summary.Task == "lm";
}
