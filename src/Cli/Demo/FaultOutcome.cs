using System.Globalization;
using EdgeFlora.Cli.Live;
using EdgeFlora.Cli.Report;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Output;

namespace EdgeFlora.Cli.Demo;

/// <summary>
/// What came of a fault, by the ledger and the events: it counts as survived only if it was noticed and its round has a result without the victim's
/// update.
/// </summary>
internal static class FaultOutcome
{
    public static FaultResult Judge(PlannedFault fault, RunLedger ledger, RunView view)
    {
        RoundFigures? figures = ledger.Rounds.FirstOrDefault(round => round.Round == fault.Round)?.Figures;
        string agent = fault.Agent ?? "";
        (string outcome, bool noticed) = fault.Kind switch
        {
            FaultKind.CoordinatorRestarted => Recovery(fault, view),
            FaultKind.AgentKilled => Absence(agent, fault, ledger, figures),
            FaultKind.AgentSlow => figures?.Late.Contains(agent) == true
                ? ("late; the round closed without it", true)
                : Absence(agent, fault, ledger, figures),
            _ => figures?.Rejected.FirstOrDefault(refused => refused.AgentId == agent) is { } refused
                ? ($"refused: {refused.Reason}", true)
                : ("not noticed", false),
        };
        bool survived = noticed && figures is not null && !(fault.Agent is not null && figures.Accepted.Contains(agent));
        return new FaultResult(
            fault.Kind.ToString(), fault.Round, fault.Agent, figures is null ? $"{outcome}; the round has no result" : outcome, survived);
    }

    private static (string Outcome, bool Noticed) Recovery(PlannedFault fault, RunView view) =>
        view.Incidents.Values.Any(incident => incident.Kind == RunEventKind.CoordinatorRecovered && incident.Round == fault.Round)
            ? ("back on the same state; the round went on", true)
            : ("not seen to come back", false);

    private static (string Outcome, bool Noticed) Absence(string agent, PlannedFault fault, RunLedger ledger, RoundFigures? figures)
    {
        if (figures is null || figures.Accepted.Contains(agent))
        {
            return ("took part all the same", false);
        }

        RoundRecord? back = ledger.Rounds.FirstOrDefault(round => round.Round > fault.Round && round.Figures?.Accepted.Contains(agent) == true);
        string missing = figures.Dropped.Contains(agent) ? "dropped" : "left behind";
        return (back is null ? missing : string.Create(CultureInfo.InvariantCulture, $"{missing}; back in round {back.Round}"), true);
    }
}
