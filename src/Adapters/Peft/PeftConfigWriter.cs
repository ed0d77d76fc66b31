using System.Text.Encodings.Web;
using System.Text.Json;

namespace EdgeFlora.Adapters.Peft;

/// <summary>Writes <c>adapter_config.json</c> with the keys PEFT itself writes, sorted as it sorts them.</summary>
internal static class PeftConfigWriter
{
    public static void Write(Stream stream, PeftConfig config)
    {
        LoraSettings settings = config.Settings;
        bool hira = settings.Variant == AdapterVariant.Hira;
        var values = new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = config.BaseModelName,
            ["fan_in_fan_out"] = settings.TargetModules.Any(TransposedLayers.Holds),
            ["inference_mode"] = true,
            ["modules_to_save"] = settings.ModulesToSave.Count == 0 ? null : Sorted(settings.ModulesToSave),
            ["peft_type"] = hira ? "HIRA" : "LORA",
            ["r"] = settings.Rank,
            ["rank_pattern"] = new Dictionary<string, int>(),
            ["revision"] = null,
            ["target_modules"] = Sorted(settings.TargetModules),
            ["task_type"] = config.TaskType,
        };
        if (settings.EnsureWeightTying)
        {
            values["ensure_weight_tying"] = true;
        }

        if (!hira)
        {
            values["alpha_pattern"] = new Dictionary<string, int>();
            values["bias"] = "none";
            values["init_lora_weights"] = true;
            values["lora_alpha"] = settings.Alpha;
            values["lora_dropout"] = 0.0;
            values["use_dora"] = settings.Variant == AdapterVariant.Dora;
            values["use_rslora"] = settings.Variant == AdapterVariant.RsLora;
        }

        JsonSerializer.Serialize(stream, values, Format);
    }

    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string[] Sorted(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
