using System.Text.Json.Serialization;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>What belongs to an agent's own adapter when somebody takes it out: kept beside it.</summary>
/// <param name="Model">Name of the base model.</param>
/// <param name="Labels">Names of the classes, in the order of the head's rows; empty for a language model.</param>
/// <param name="BaseDelta">SHA-256 of what the run has folded into the base weights; null for nothing.</param>
internal record OwnFactorsNote(string Model, IReadOnlyList<string> Labels, string? BaseDelta)
{
    public static OwnFactorsNote Of(TaskOffer offer) => new(offer.Base.ModelId, offer.Labels, offer.BaseDelta?.Sha256);

    /// <summary>What PEFT calls the task.</summary>
    [JsonIgnore]
    public string TaskType => Labels.Count > 0 ? "SEQ_CLS" : "CAUSAL_LM";
}
