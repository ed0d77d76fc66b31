using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>What agents must have to take part.</summary>
/// <param name="Task">What is learnt.</param>
/// <param name="ContractNeeded">Which agents can do the tasks.</param>
/// <param name="Base">The model that is trained.</param>
internal sealed record AdmissionRules(LearningTask Task, ContractNeed ContractNeeded, BaseModelRef Base);
