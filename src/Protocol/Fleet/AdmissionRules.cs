using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>What agents must have to take part.</summary>
/// <param name="Task">What is learnt.</param>
/// <param name="ContractNeeded">Which agents can do the tasks.</param>
/// <param name="Base">The model that is trained.</param>
/// <param name="Archive">What an agent fetches which lacks it; null: it is not handed out.</param>
internal sealed record AdmissionRules(LearningTask Task, ContractNeed ContractNeeded, BaseModelRef Base, BlobClaim? Archive = null);
