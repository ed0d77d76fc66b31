using System.Globalization;
using System.Text.RegularExpressions;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>Who can do the tasks of a run. Pure.</summary>
internal static partial class Admission
{
    /// <summary>Whether a name and the queue it asks answers on are such that anything may be sent there.</summary>
    /// <remarks>A queue of somebody else's name would let an agent read or flood what is not its own.</remarks>
    public static bool IsAddressable(string agent, string replyQueue) =>
        AgentName().IsMatch(agent)
        && replyQueue != Queues.AgentUp(agent)
        && (replyQueue == Queues.Agent(agent)
            || (replyQueue.StartsWith(Queues.Agent(agent) + ".", StringComparison.Ordinal)
                && Generation().IsMatch(replyQueue.AsSpan(Queues.Agent(agent).Length + 1))));

    /// <summary>Whether a queue is one that goes with a connection of this agent's: nothing is sent to what belongs to others.</summary>
    public static bool IsConnectionQueue(string agent, string queue) =>
        queue.StartsWith(Queues.Agent(agent) + ".", StringComparison.Ordinal) && Connection().IsMatch(queue.AsSpan(Queues.Agent(agent).Length));

    public static bool IsName(string agent) => AgentName().IsMatch(agent);

    /// <summary>Refuses an agent that speaks no contract version that this build does; null: it does.</summary>
    public static AdmissionVerdict? OfOtherContract(AgentHello hello)
    {
        if (hello.ContractMin <= ContractVersion.Current && hello.ContractMax >= ContractVersion.Oldest)
        {
            return null;
        }

        string spoken = FormattableString.Invariant($"The agent speaks contract versions {hello.ContractMin} to {hello.ContractMax}");
        return Refuse(
            RefusalCode.Contract,
            $"{spoken}, the coordinator {ContractVersion.Oldest} to {ContractVersion.Current}.",
            "Install builds of agent and coordinator that have a version in common.");
    }

    public static AdmissionVerdict Judge(AgentHello hello, KnownAgent? known, AdmissionRules rules)
    {
        if (OfOtherContract(hello) is { } stranger)
        {
            return stranger;
        }

        if (hello.ContractMax < rules.ContractNeeded.Version)
        {
            ContractNeed need = rules.ContractNeeded;
            return Refuse(
                RefusalCode.Contract,
                $"{need.Because} needs agents of contract version {need.Version}; this one speaks up to {hello.ContractMax} and would do otherwise.",
                "Install a newer build of the agent.");
        }

        if (hello.Task != rules.Task)
        {
            return Refuse(
                RefusalCode.NoData,
                $"The run learns {Said(rules.Task)}; the agent gives its data for {Said(hello.Task)}.",
                rules.Task == LearningTask.LanguageModel
                    ? "Start the agent with --task lm and a file of texts."
                    : "Start the agent with --task classification and a file of labelled texts.");
        }

        if (known is { Quarantined: true })
        {
            return Refuse(
                RefusalCode.Quarantined,
                $"Agent '{known.Name}' sent {known.Strikes} invalid results in this run.",
                "Mend the agent's data or hardware; it may take part in the next run.");
        }

        if (!hello.Bases.Any(held => held.Sha256 == rules.Base.Sha256) && WithoutModel(hello, rules) is { } lacking)
        {
            return lacking;
        }

        if (hello.Role == AgentRole.Trainer ? hello.Data.Examples < 1 : hello.Data.HeldOut < 1)
        {
            return Refuse(
                RefusalCode.NoData,
                $"The agent has {hello.Data.Examples} examples to train on and {hello.Data.HeldOut} to measure on; a {hello.Role} needs some.",
                "Give the agent a data file with at least one example.");
        }

        return AdmissionVerdict.Welcome;
    }

    /// <summary>An agent that lacks the model can fetch it where it is handed out, its owner lets it, and it has room.</summary>
    /// <returns>Why it cannot; null: it can.</returns>
    private static AdmissionVerdict? WithoutModel(AgentHello hello, AdmissionRules rules)
    {
        if (hello.ModelCache is { } cache && rules.Archive is { } archive)
        {
            string lacking = $"The run trains {rules.Base.ModelId}, which the agent lacks and would fetch; that takes";
            return archive.Size <= cache.RoomBytes ? null : Refuse(
                RefusalCode.NoBase,
                $"{lacking} {archive.Size / 1e6:0.0} MB, and the agent has room for {cache.RoomBytes / 1e6:0.0} MB.",
                "Raise models.cache.limit of the agent, or make room on its disk: a model is there twice while it is unpacked.");
        }

        string held = hello.Bases.Count == 0
            ? "none"
            : string.Join(", ", hello.Bases.Take(4).Select(b => $"{Cut(b.ModelId, 100)} ({Cut(b.Sha256, 12)}…)"));
        string why = rules.Archive is null ? "" : ", and fetches none";
        return Refuse(
            RefusalCode.NoBase,
            $"The run trains {rules.Base.ModelId} with weights {Cut(rules.Base.Sha256, 12)}…; the agent holds {held}{why}.",
            rules.Archive is null
                ? "Copy the coordinator's model folder to the agent."
                : "Copy the coordinator's model folder to the agent, or let it fetch models (models.fetch, allow.localModelsOnly).");
    }

    private static string Said(LearningTask task) => task == LearningTask.LanguageModel ? "a language model" : "a classifier";

    private static AdmissionVerdict Refuse(RefusalCode code, FormattableString human, string fix) =>
        new(AdmissionKind.Refuse, code, human.ToString(CultureInfo.InvariantCulture), fix);

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    [GeneratedRegex(@"^[a-z0-9-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AgentName();

    [GeneratedRegex(@"^\.[0-9a-f]{8}\.live\z", RegexOptions.CultureInvariant)]
    private static partial Regex Connection();

    [GeneratedRegex(@"^[a-z0-9-]{1,40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Generation();
}

internal sealed record AdmissionVerdict(AdmissionKind Kind, RefusalCode Code = default, string Human = "", string Fix = "")
{
    public static readonly AdmissionVerdict Welcome = new(AdmissionKind.Welcome);
}

internal enum AdmissionKind
{
    Welcome,

    Refuse,
}
