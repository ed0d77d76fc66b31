using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Initialization;

namespace EdgeFlora.Experiments.Local;

/// <summary>Agents that each draw an A of their own, as where nobody hands a first adapter out.</summary>
internal static class OwnA
{
    /// <summary>The adapter with every A that is trained drawn anew. Its products stay zero as long as its B is.</summary>
    /// <param name="seed">Null: the adapter as it is.</param>
    public static LoraAdapter Of(LoraAdapter adapter, ulong? seed, FrozenFactors frozen)
    {
        if (seed is not { } own)
        {
            return adapter;
        }

        AdapterShape shape = AdapterShape.Of(adapter);
        LoraAdapter drawn = AdapterInitializer.Create(
            new AdapterShape(shape.Settings with { Variant = AdapterVariant.Lora, ModulesToSave = [] }, shape.Modules), own);
        LoraAdapter changed = adapter.Clone();
        foreach ((string module, LoraFactors factors) in changed.Modules.Where(module => !frozen.HasA(module.Key)))
        {
            drawn.Modules[module].A.Values.CopyTo(factors.A.Values);
        }

        return changed;
    }
}
