using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.EdgeAgent.Training;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>Reads the adapter that a trainer left, and believes none of it.</summary>
internal static class TrainerResult
{
    private const long Overhead = 16L << 20;

    /// <param name="folder">A PEFT folder.</param>
    /// <param name="before">The adapter that training began with.</param>
    /// <exception cref="TrainerFailedException">It is not what the task asked for: no PEFT folder, another shape, a value that is not finite, a
    /// frozen factor that was trained.</exception>
    public static LoraAdapter Read(string folder, LoraAdapter before, FrozenFactors frozen)
    {
        if (!Directory.Exists(folder))
        {
            throw new TrainerFailedException("The trainer ended with exit code 0 but left no result.");
        }

        // In double precision, the widest that is read.
        long most = (before.ParameterCount * sizeof(double)) + Overhead;
        var tensors = new FileInfo(Path.Combine(folder, PeftFolder.TensorsName));
        if (tensors.Exists && tensors.Length > most)
        {
            throw new TrainerFailedException($"The trainer's result has {tensors.Length:N0} bytes; an adapter of the task has at most {most:N0}.");
        }

        return Require(ReadPeft(folder), before, frozen);
    }

    /// <param name="result">What was trained.</param>
    /// <param name="before">The adapter that training began with.</param>
    /// <returns>The same, under the settings of the task.</returns>
    /// <exception cref="TrainerFailedException">It is not what the task asked for.</exception>
    public static LoraAdapter Require(LoraAdapter result, LoraAdapter before, FrozenFactors frozen)
    {
        if (Difference(result, before) is { } difference)
        {
            throw new TrainerFailedException($"The trainer's result is of no use: {difference}.");
        }

        var trained = new LoraAdapter(before.Settings, result.Modules, result.Saved);
        if (FirstNotFinite(trained) is { } tensor)
        {
            throw new TrainerFailedException($"The trainer's result is of no use: {tensor} holds a value that is not finite.");
        }

        return frozen.FirstChange(before, trained) is { } changed
            ? throw new TrainerFailedException($"The trainer changed {changed}, which the task froze.")
            : trained;
    }

    private static string? FirstNotFinite(LoraAdapter adapter) =>
        adapter.Modules
            .Where(module => !AreFinite(module.Value.A.Values) || !AreFinite(module.Value.B.Values))
            .Select(module => module.Key)
            .Concat(adapter.Saved.Where(saved => !AreFinite(saved.Value.Values)).Select(saved => saved.Key))
            .FirstOrDefault();

    private static bool AreFinite(ReadOnlySpan<float> values) => TensorPrimitives.IsFiniteAll(values);

    private static LoraAdapter ReadPeft(string folder)
    {
        try
        {
            return PeftFolder.Read(folder);
        }
        catch (Exception broken) when (broken is AdapterFormatException or IOException)
        {
            throw new TrainerFailedException($"The trainer's result cannot be read: {broken.Message}", broken);
        }
    }

    private static string? Difference(LoraAdapter result, LoraAdapter before)
    {
        try
        {
            // Names of target modules may be written in other ways; which modules there are is what counts.
            LoraSettings asked = before.Settings;
            LoraSettings settings = result.Settings with { TargetModules = asked.TargetModules, ModulesToSave = asked.ModulesToSave };
            return AdapterShape.Of(new LoraAdapter(settings, result.Modules, result.Saved)).DifferenceFrom(AdapterShape.Of(before));
        }
        catch (ArgumentException mixed)
        {
            return mixed.Message;
        }
    }
}
