using System.Text.Json;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Peft;

/// <summary>Reads <c>adapter_config.json</c>. A setting that would change what the adapter computes is either understood or refused.</summary>
internal sealed class PeftConfigReader
{
    private const long MaxBytes = 1 << 20;

    private const int MaxRank = 1024;

    /// <summary>
    /// Settings that do not change what a trained adapter computes. Any other unknown one must be off, so that what PEFT adds later is refused, not
    /// ignored.
    /// </summary>
    private static readonly HashSet<string> Neutral = new(StringComparer.Ordinal)
    {
        "auto_mapping", "base_model_name_or_path", "corda_config", "eva_config", "fan_in_fan_out", "hira_dropout", "inference_mode", "init_weights",
        "loftq_config", "lora_dropout", "megatron_core", "peft_version", "qalora_group_size", "revision", "runtime_config",
    };

    /// <summary>
    /// Initialisations that leave the base weights as they are. The others (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA) subtract their start from the base,
    /// which then is another model.
    /// </summary>
    private static readonly string[] InitialisationsThatKeepTheBase = ["gaussian", "eva", "orthogonal", "mica"];

    private static readonly string[] Patterns = ["rank_pattern", "alpha_pattern"];

    private readonly JsonSettings settings;

    private PeftConfigReader(JsonSettings settings) => this.settings = settings;

    public static PeftConfig Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaxBytes)
        {
            throw new AdapterFormatException($"{path}: the file takes {length} bytes, at most {MaxBytes} are read.");
        }

        try
        {
            using JsonDocument document = ReadableJson.Parse(
                File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new PeftConfigReader(new JsonSettings(path, document.RootElement)).Read()
                : throw new AdapterFormatException($"{path}: the file holds no JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8.
            throw new AdapterFormatException($"{path}: the file is not well-formed JSON: {ReadableJson.Describe(e)}.", e);
        }
    }

    private PeftConfig Read()
    {
        string? type = settings.Text("peft_type");
        if (type is not ("LORA" or "HIRA"))
        {
            throw settings.Refusal(
                "peft_type",
                type is null ? "missing" : $"'{TensorName.Shorten(type)}'",
                "LORA (also as rsLoRA or DoRA) or HIRA; other kinds of adapter are not supported");
        }

        bool lora = type == "LORA";
        JsonElement? r = settings.Take("r");
        int rank = r is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) && value is >= 1 and <= MaxRank
            ? value
            : throw settings.Refusal("r", JsonSettings.Shown(r), $"a whole number in 1 … {MaxRank}");
        RefusePatterns();
        if (lora)
        {
            CheckLoraOnly();
        }

        string[] saved = settings.Names("modules_to_save");
        (string[] targets, ModuleChoice choice) = Targets(saved);
        var config = new PeftConfig
        {
            Settings = new LoraSettings
            {
                Rank = rank,
                Alpha = lora ? Alpha() : rank, // PEFT's HiRA has no scale: α = r
                Variant = lora ? Variant() : AdapterVariant.Hira,
                TargetModules = choice.IsNarrowed ? [] : targets,
                ModulesToSave = saved,
                EnsureWeightTying = settings.Flag("ensure_weight_tying"),
            },
            BaseModelName = settings.Text("base_model_name_or_path"),
            TaskType = TaskType(),
            Choice = choice,
        };
        RefuseUnknown();
        return config;
    }

    /// <summary>Said before anything else that is not supported: the one usually comes with the other, and with tensors of other shapes.</summary>
    private void RefusePatterns()
    {
        string[] on = [.. Patterns.Where(settings.IsOn)];
        if (on.Length > 0)
        {
            throw settings.Refusal(
                string.Join(" and ", on.Select(name => $"{name} is {TensorName.Shorten(settings.Raw(name))}")),
                $"{(on.Length > 1 ? "both" : "it")} empty: EdgeFlora takes one rank and one alpha for all modules; train with one r and lora_alpha, "
                + "or merge this adapter into its base in PEFT");
        }
    }

    private void CheckLoraOnly()
    {
        string bias = settings.Text("bias") ?? "none";
        if (bias != "none")
        {
            throw settings.Refusal(
                "bias",
                $"'{TensorName.Shorten(bias)}'",
                "'none': EdgeFlora does not support trained biases; merge this adapter into its base in PEFT, or train with bias 'none'");
        }

        if (settings.Take("init_lora_weights") is { ValueKind: JsonValueKind.String } start
            && !InitialisationsThatKeepTheBase.Contains(start.GetString()))
        {
            throw settings.Refusal(
                "init_lora_weights", $"'{TensorName.Shorten(start.GetString()!)}'",
                "one that leaves the base weights unchanged (true, false, gaussian, eva, orthogonal or mica); convert the adapter to plain LoRA when "
                + "saving it in PEFT");
        }
    }

    private double Alpha()
    {
        JsonElement? alpha = settings.Take("lora_alpha");
        return alpha is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double value) && value is > 0 and <= 1e6
            ? value
            : throw settings.Refusal("lora_alpha", JsonSettings.Shown(alpha), "a number above 0, at most 1000000");
    }

    private string? TaskType() => settings.Text("task_type") is { Length: > 0 } type
        ? PeftConfig.TaskTypes.Contains(type) ? type
            : throw settings.Refusal("task_type", $"'{TensorName.Shorten(type)}'", $"one of {string.Join(", ", PeftConfig.TaskTypes)}, or null")
        : null;

    private AdapterVariant Variant() => (settings.Flag("use_rslora"), settings.Flag("use_dora")) switch
    {
        (true, true) => throw settings.Refusal("use_rslora", "true, and use_dora is true as well", "at most one of the two"),
        (true, _) => AdapterVariant.RsLora,
        (_, true) => AdapterVariant.Dora,
        _ => AdapterVariant.Lora,
    };

    /// <summary>The modules to adapt: as endings of their names, and whatever else decides.</summary>
    private (string[] Endings, ModuleChoice Choice) Targets(IReadOnlyList<string> saved)
    {
        (string[] targets, string? pattern) = settings.NamesOrPattern("target_modules");
        if (targets.Length == 0 && pattern is null)
        {
            throw settings.Refusal("target_modules", "missing or empty", "a list of names or a pattern");
        }

        (string[] excluded, string? excludedPattern) = settings.NamesOrPattern("exclude_modules");
        int[]? layers = Layers();
        (string[] lists, string? layerList) = settings.NamesOrPattern("layers_pattern");
        return pattern is not null && layers is not null
            ? throw settings.Refusal(
                $"target_modules is the pattern '{TensorName.Shorten(pattern)}', and layers_to_transform is [{string.Join(", ", layers)}]",
                "the layers in the pattern, or target_modules as a list of names; PEFT takes no such pair either")
            : (targets, new ModuleChoice
            {
                TargetPattern = pattern,
                Excluded = excluded,
                ExcludedPattern = excludedPattern,
                Layers = layers,
                LayerLists = layerList is null ? lists : [layerList],
                Saved = saved,
            });
    }

    private int[]? Layers()
    {
        JsonElement? layers = settings.Take("layers_to_transform");
        JsonElement[] numbers = layers switch
        {
            null or { ValueKind: JsonValueKind.Null } => [],
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray()],
            { } one => [one],
        };
        return numbers.Length == 0 ? null
            : numbers.All(number => number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out _))
                ? [.. numbers.Select(number => number.GetInt32())]
            : throw settings.Refusal("layers_to_transform", JsonSettings.Shown(layers), "the number of a layer, or a list of such numbers");
    }

    private void RefuseUnknown()
    {
        foreach ((string name, JsonElement value) in settings.Untaken)
        {
            if (!Neutral.Contains(name) && !JsonSettings.IsOff(value))
            {
                throw settings.Refusal(
                    TensorName.Shorten(name), TensorName.Shorten(value.GetRawText()), "null, false or empty, for EdgeFlora does not support it");
            }
        }
    }
}
