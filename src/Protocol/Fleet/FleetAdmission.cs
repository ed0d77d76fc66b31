using System.Globalization;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>Who may join a fleet. Pure. Nobody waits: an agent is welcome or refused at once.</summary>
internal static class FleetAdmission
{
    /// <param name="known">The agent of this name, with the id of its installation; null: there is none.</param>
    /// <param name="present">Whether that agent is there.</param>
    public static AdmissionVerdict Judge(
        AgentHello hello, (Guid Installation, Guid Boot, AgentStanding Standing, string? Reason)? known, bool present)
    {
        string name = hello.Header.AgentId;
        if (!Admission.IsAddressable(name, hello.ReplyQueue))
        {
            return Refuse(
                RefusalCode.Unauthorized,
                $"Agent '{Cut(name, WireLimits.MaxAgentIdLength)}' asks for answers on '{Cut(hello.ReplyQueue, 100)}', which is not its own queue.",
                $"Let it listen on {Queues.Agent(Cut(name, WireLimits.MaxAgentIdLength))}, or on that with a generation after a dot.");
        }

        if (Admission.OfOtherContract(hello) is { } stranger)
        {
            return stranger;
        }

        return known switch
        {
            null => AdmissionVerdict.Welcome,
            { Standing: AgentStanding.Quarantined } held => Refuse(
                RefusalCode.Quarantined,
                $"Agent '{name}' is quarantined: {held.Reason ?? "an operator has said so"}.",
                $"Mend it, and have an operator release it: edgeflora agents release {name}"),
            { Standing: AgentStanding.Revoked } => AdmissionVerdict.Welcome,
            { } held when held.Installation != hello.Installation && present => Refuse(
                RefusalCode.NameInUse,
                $"The name '{name}' belongs to another installation, which is there.",
                $"Give this agent another name, or stop the other one; if that is gone for good: edgeflora agents revoke {name}"),
            _ => AdmissionVerdict.Welcome,
        };
    }

    /// <summary>An agent that belongs to no fleet, where only enrolled ones are let in.</summary>
    public static AdmissionVerdict NotEnrolled(string name) => Refuse(
        RefusalCode.Unauthorized,
        $"Agent '{Cut(name, WireLimits.MaxAgentIdLength)}' belongs to no fleet: this service lets only enrolled agents in.",
        $"Stop it and enrol it, with a token that an operator makes: {EnrolCommand(name)}");

    /// <summary>An agent whose membership an operator has ended.</summary>
    public static AdmissionVerdict Revoked(string name) => Refuse(
        RefusalCode.Unauthorized,
        $"Agent '{Cut(name, WireLimits.MaxAgentIdLength)}' was revoked by an operator.",
        $"If it shall come back, enrol it again, with a token that an operator makes: {EnrolCommand(name)}");

    private static string EnrolCommand(string name) => $"edgeflora agent enroll URL --token TOKEN --name {Cut(name, WireLimits.MaxAgentIdLength)}";

    private static AdmissionVerdict Refuse(RefusalCode code, FormattableString human, string fix) => new(
        AdmissionKind.Refuse, code, human.ToString(CultureInfo.InvariantCulture), fix);

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
