using System.Numerics.Tensors;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Peft;

/// <summary>Between an adapter and its tensors under PEFT's names.</summary>
internal static class PeftTensors
{
    public static LoraAdapter Read(SafetensorsFile file, PeftConfig config)
    {
        (SortedSet<string> modules, SortedSet<string> saved, LoraSettings settings) = Check(file, config);
        (string suffixA, string suffixB) = PeftKey.Suffixes(settings.Variant);
        return new LoraAdapter(
            settings,
            modules.Select(m => KeyValuePair.Create(m, new LoraFactors(ReadMatrix(file, m + suffixA), ReadMatrix(file, m + suffixB)))),
            saved.Select(s => KeyValuePair.Create(s, new DenseTensor([.. Info(file, s).Shape], ReadFinite(file, s)))));
    }

    /// <summary>
    /// Checks all names, types and shapes by the header alone and returns the names of adapted modules and of saved tensors, with the settings made
    /// complete by what only the tensors tell: modules that were chosen by a pattern, and embeddings that PEFT saved because they were resized.
    /// </summary>
    public static (SortedSet<string> Modules, SortedSet<string> Saved, LoraSettings Settings) Check(SafetensorsFile file, PeftConfig config)
    {
        LoraSettings settings = config.Settings;
        (string suffixA, string suffixB) = PeftKey.Suffixes(settings.Variant);
        var modules = new SortedSet<string>(StringComparer.Ordinal);
        var saved = new SortedSet<string>(StringComparer.Ordinal);
        foreach (TensorInfo tensor in file.Tensors.Values)
        {
            PeftKey.RequireReadable(tensor.Name, file.Path);
            if (!SinglePrecision.CanWiden(tensor.Type))
            {
                throw new AdapterFormatException($"{file.Path}: tensor '{tensor.Name}' is {tensor.Type.Name()}, expected F32, F16, BF16 or F64.");
            }

            string name = tensor.Name[PeftKey.Prefix.Length..];
            string? module = Module(name, suffixA) ?? Module(name, suffixB);
            (module is null ? saved : modules).Add(module ?? name);
        }

        RequireChosen(config.Choice, modules, suffixA, file.Path);
        RequireSaved(settings, saved, file.Path);
        settings = SavedEmbeddings.Complete(settings, saved);
        settings = settings.TargetModules.Count > 0 ? settings : settings with { TargetModules = [.. modules] };
        PeftNaming.Check(settings, settings.TargetModules, modules, saved, file.Path);
        foreach (string module in modules)
        {
            CheckFactors(file, module, settings);
        }

        foreach (string tensor in saved)
        {
            CheckSaved(file, tensor, settings);
        }

        return (modules, saved, settings);
    }

    public static List<TensorData> Of(LoraAdapter adapter, TensorType precision)
    {
        (string suffixA, string suffixB) = PeftKey.Suffixes(adapter.Settings.Variant);
        bool fold = adapter.Settings.Variant == AdapterVariant.Hira && adapter.Settings.Scale != 1;
        var tensors = new List<TensorData>();
        foreach ((string module, LoraFactors factors) in adapter.Modules)
        {
            if (factors.Rank != adapter.Settings.Rank)
            {
                throw new AdapterFormatException($"Module '{module}' has rank {factors.Rank}, but the adapter's rank is {adapter.Settings.Rank}.");
            }

            Matrix b = fold ? Scaled(factors.B, (float)adapter.Settings.Scale) : factors.B;
            tensors.Add(new TensorData(PeftKey.Prefix + module + suffixA, [factors.Rank, factors.Inputs], factors.A.Memory, precision));
            tensors.Add(new TensorData(PeftKey.Prefix + module + suffixB, [factors.Outputs, factors.Rank], b.Memory, precision));
        }

        tensors.AddRange(adapter.Saved.Select(s => new TensorData(PeftKey.Prefix + s.Key, s.Value.Shape, s.Value.Values, precision)));
        return tensors;
    }

    private static string? Module(string name, string suffix) =>
        name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : null;

    /// <summary>PEFT would pass over tensors of a module that the settings leave out.</summary>
    private static void RequireChosen(ModuleChoice choice, IEnumerable<string> modules, string suffix, string path)
    {
        foreach (string module in modules)
        {
            if (choice.Against(module) is { } setting)
            {
                throw new AdapterFormatException($"{path}: tensor '{PeftKey.Prefix + module + suffix}' adapts a module that {setting} of "
                    + $"{PeftConfig.FileName} leaves out, expected tensors of chosen modules only; write the adapter with PEFT's save_pretrained, or "
                    + "correct the setting.");
            }
        }
    }

    /// <summary>A head or embedding that was trained and is not there would be the base model's, or random.</summary>
    private static void RequireSaved(LoraSettings settings, IReadOnlyCollection<string> saved, string path)
    {
        if (settings.ModulesToSave.Count > 0 && saved.All(tensor => tensor.EndsWith(ModuleNames.MagnitudeSuffix, StringComparison.Ordinal)))
        {
            throw new AdapterFormatException($"{path}: no tensor lies in a module that modules_to_save ({string.Join(", ", settings.ModulesToSave)}) "
                + $"of {PeftConfig.FileName} names, expected those that were trained in full; write the adapter with PEFT's save_pretrained.");
        }
    }

    private static void CheckFactors(SafetensorsFile file, string module, LoraSettings settings)
    {
        (string suffixA, string suffixB) = PeftKey.Suffixes(settings.Variant);
        TensorInfo a = Info(file, module + suffixA), b = Info(file, module + suffixB);
        if (a.Shape.Count != 2 || a.Shape[0] != settings.Rank || a.Shape[1] == 0)
        {
            throw new AdapterFormatException(
                $"{file.Path}: tensor '{a.Name}' is {Shape(a)}, expected [{settings.Rank}×inputs] as r is {settings.Rank}.");
        }

        if (b.Shape.Count != 2 || b.Shape[1] != settings.Rank || b.Shape[0] == 0)
        {
            throw new AdapterFormatException(
                $"{file.Path}: tensor '{b.Name}' is {Shape(b)}, expected [outputs×{settings.Rank}] as r is {settings.Rank}.");
        }
    }

    private static void CheckSaved(SafetensorsFile file, string tensor, LoraSettings settings)
    {
        TensorInfo info = Info(file, tensor);
        if (info.Count == 0)
        {
            throw new AdapterFormatException($"{file.Path}: tensor '{info.Name}' is {Shape(info)}, expected at least one element.");
        }

        if (settings.Variant == AdapterVariant.Dora && Module(tensor, ModuleNames.MagnitudeSuffix) is { } module)
        {
            int outputs = Info(file, module + PeftKey.Suffixes(settings.Variant).B).Shape[0];
            if (info.Shape.Count != 1 || info.Shape[0] != outputs)
            {
                throw new AdapterFormatException(
                    $"{file.Path}: tensor '{info.Name}' is {Shape(info)}, expected [{outputs}], one magnitude per output.");
            }
        }
    }

    private static TensorInfo Info(SafetensorsFile file, string name) => file.Tensors.TryGetValue(PeftKey.Prefix + name, out TensorInfo? tensor)
        ? tensor
        : throw new AdapterFormatException($"{file.Path}: tensor '{PeftKey.Prefix + name}' is missing; every adapted module has both factors.");

    private static Matrix ReadMatrix(SafetensorsFile file, string name)
    {
        TensorInfo tensor = Info(file, name);
        return new Matrix(tensor.Shape[0], tensor.Shape[1], ReadFinite(file, name));
    }

    private static float[] ReadFinite(SafetensorsFile file, string name)
    {
        float[] values = file.ReadSingles(PeftKey.Prefix + name);
        FiniteValues.Check(values, float.MaxValue, $"{file.Path}: tensor '{PeftKey.Prefix + name}'", "single precision");
        return values;
    }

    private static Matrix Scaled(Matrix matrix, float scale)
    {
        Matrix scaled = matrix.Clone();
        TensorPrimitives.Multiply(scaled.Values, scale, scaled.Values);
        return scaled;
    }

    private static string Shape(TensorInfo tensor) => $"{tensor.Type.Name()} [{string.Join('×', tensor.Shape)}]";
}
