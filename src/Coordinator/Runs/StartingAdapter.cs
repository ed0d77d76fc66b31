using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>The PEFT folder that a run begins from (<c>startFrom.adapter</c>).</summary>
internal static class StartingAdapter
{
    /// <param name="labels">Classes of the run, in the order of its head's rows.</param>
    /// <exception cref="CoordinatorOptionsException">It can't be read, or means something else than the run's adapter would.</exception>
    public static LoraAdapter Read(string folder, IReadOnlyList<string> labels)
    {
        try
        {
            LoraAdapter adapter = PeftFolder.Read(folder);
            if (PeftFolder.ReadBaseDeltaSha256(folder) is not null)
            {
                throw new CoordinatorOptionsException(
                    $"startFrom.adapter is '{folder}', which is right only on top of its base_delta.safetensors: it means nothing on the base model "
                    + $"alone.");
            }

            return PeftFolder.ReadLabels(folder) is { } own && !own.SequenceEqual(labels)
                ? throw new CoordinatorOptionsException(
                    $"startFrom.adapter is '{folder}', whose classes are {string.Join(", ", own)}; labels are {string.Join(", ", labels)}. They must "
                    + $"be the same, in the same order.")
                : adapter;
        }
        catch (Exception unreadable) when (unreadable is AdapterFormatException or IOException or UnauthorizedAccessException)
        {
            throw new CoordinatorOptionsException(
                $"startFrom.adapter is '{folder}', which can't be read as the folder of a PEFT adapter: {unreadable.Message}", unreadable);
        }
    }

    /// <param name="shape">The shape of the run's adapter.</param>
    /// <exception cref="CoordinatorOptionsException">As above, or it has another shape.</exception>
    public static LoraAdapter Read(string folder, IReadOnlyList<string> labels, AdapterShape shape)
    {
        LoraAdapter adapter = Read(folder, labels);
        string? difference;
        try
        {
            difference = AdapterShape.Of(adapter).DifferenceFrom(shape);
        }
        catch (ArgumentException patterned)
        {
            difference = patterned.Message;
        }

        return difference is null ? adapter : throw new CoordinatorOptionsException(
            $"startFrom.adapter is '{folder}', which is not of the run's shape (lora): {difference}.");
    }
}
