using System.Text.Json.Serialization;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>What belongs to the best adapter that an agent has trained in a run, and how good it was.</summary>
[method: JsonConstructor]
internal sealed record OwnAdapterNote(string Model, IReadOnlyList<string> Labels, string? BaseDelta) : OwnFactorsNote(Model, Labels, BaseDelta)
{
    public OwnAdapterNote(OwnFactorsNote note)
        : this(note.Model, note.Labels, note.BaseDelta)
    {
    }

    /// <summary>On the agent's held-out data, nats.</summary>
    public double Loss { get; init; }

    /// <summary>On the same, 0 … 1; absent for language models.</summary>
    public double? Accuracy { get; init; }
}
