using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Learning.Models;

/// <summary>How the models of one <c>model_type</c> are read.</summary>
/// <param name="Types">Values of <c>model_type</c> that mean this family.</param>
/// <param name="Create">From checked settings and the tensors that there are to the network.</param>
/// <param name="IsKnown">Tensors that the family publishes beside those of the network, such as heads for other tasks; they are passed over.</param>
internal sealed record ModelFamily(IReadOnlyList<string> Types, Func<ConfigFile, SafetensorsSet, INetwork> Create, Func<string, bool> IsKnown);
