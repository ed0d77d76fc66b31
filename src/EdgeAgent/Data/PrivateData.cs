using System.Security.Cryptography;
using System.Text;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.EdgeAgent.Data;

/// <summary>What the agent trains and measures on. Never leaves the process; only counts and a hash do.</summary>
internal sealed class PrivateData
{
    private readonly LabelledDataSet? own;
    private readonly LabelledDataSet? central;
    private readonly AgentData split;

    private PrivateData(LabelledDataSet? own, LabelledDataSet? central, AgentData split)
    {
        this.own = own;
        this.central = central;
        this.split = split;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{own?.Sha256}|{central?.Sha256}|{split.HeldOut.Count}")));
    }

    /// <summary>Examples to train on.</summary>
    public int Training => split.Training.Count;

    /// <summary>Examples to measure on.</summary>
    public int HeldOut => split.HeldOut.Count;

    /// <summary>Tells whether the data changed; lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static PrivateData Load(AgentOptions options)
    {
        LabelledDataSet? own = options.DataFile is { Length: > 0 } file ? LabelledDataSet.Read(file) : null;
        LabelledDataSet? central = options.HeldOutFile is { Length: > 0 } heldOut ? LabelledDataSet.Read(heldOut) : null;
        AgentData split = central is null
            ? AgentData.Split(own!.Examples, options.HeldOutFraction, options.HeldOutSeed)
            : new AgentData(own?.Examples ?? [], central.Examples);
        return new PrivateData(own, central, split);
    }

    /// <summary>The first label of the data (ordinal order) that is not among a task's labels; null if there is none.</summary>
    public string? LabelOutside(IReadOnlyList<string> labels) =>
        (own?.Labels ?? []).Concat(central?.Labels ?? []).Except(labels, StringComparer.Ordinal).Order(StringComparer.Ordinal).FirstOrDefault();

    /// <summary>The examples, with labels as indexes into a task's list, which must hold them all.</summary>
    public AgentData ForTask(IReadOnlyList<string> labels) =>
        new(Renumbered(split.Training, own?.Labels ?? [], labels), Renumbered(split.HeldOut, (central ?? own)!.Labels, labels));

    private static IReadOnlyList<Example> Renumbered(IReadOnlyList<Example> examples, IReadOnlyList<string> from, IReadOnlyList<string> to)
    {
        var index = to.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i, StringComparer.Ordinal);
        return [.. examples.Select(example => example with { Label = index[from[example.Label]] })];
    }
}
