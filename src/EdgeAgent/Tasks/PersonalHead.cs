using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>A classification head that an agent keeps to itself (arXiv 1912.00818): it is in no adapter that comes or goes.</summary>
/// <param name="head">As the base model's family classifies with.</param>
/// <param name="seed">Of the random weights that a head of several layers begins with.</param>
internal sealed class PersonalHead(ClassifierHead head, ulong seed)
{
    /// <param name="modelFolder">Of the base model.</param>
    /// <param name="labels">Number of classes, ≥ 1.</param>
    /// <exception cref="AdapterFormatException">The model's configuration lacks the width of a token vector.</exception>
    public static PersonalHead Of(string modelFolder, int labels, ulong seed)
    {
        using var folder = BaseModelFolder.Open(modelFolder);
        return new PersonalHead(folder.Head(labels), seed);
    }

    /// <summary>A published adapter with the agent's head, or with one that finds all labels equally likely.</summary>
    /// <param name="kept">The agent's own adapter, with its head; null before there is one.</param>
    public LoraAdapter PutOn(LoraAdapter published, LoraAdapter? kept)
    {
        AdapterShape shape = AdapterShape.Of(published);
        LoraSettings settings = shape.Settings with { ModulesToSave = [.. shape.Settings.ModulesToSave, .. head.Modules] };
        LoraAdapter first = new AdapterShape(settings, shape.Modules, head.Tensors).CreateZero();
        head.Initialize(first, seed);
        return new LoraAdapter(settings, published.Clone().Modules, published.Clone().Saved.Concat((kept ?? first).Clone().Saved.Where(IsOfHead)));
    }

    /// <summary>An adapter as others may see it.</summary>
    public LoraAdapter TakeOff(LoraAdapter trained)
    {
        LoraSettings settings = trained.Settings with { ModulesToSave = [.. trained.Settings.ModulesToSave.Except(head.Modules)] };
        return new LoraAdapter(settings, trained.Modules, trained.Saved.Where(tensor => !IsOfHead(tensor)));
    }

    /// <summary>Whether an adapter holds a tensor of the head.</summary>
    public bool IsIn(LoraAdapter adapter) => adapter.Saved.Any(IsOfHead);

    private bool IsOfHead(KeyValuePair<string, DenseTensor> tensor) => head.Tensors.Any(own => own.Name == tensor.Key);
}
