namespace EdgeFlora.Adapters.Peft;

/// <summary>The names PEFT gives to an adapter's tensors in <c>adapter_model.safetensors</c>.</summary>
internal static class PeftKey
{
    public const string Prefix = "base_model.model.";

    /// <summary>Endings of A and B; PEFT holds HiRA's factors as bare parameters, LoRA's in a layer of their own.</summary>
    public static (string A, string B) Suffixes(AdapterVariant variant) =>
        variant == AdapterVariant.Hira ? (".hira_A", ".hira_B") : (".lora_A.weight", ".lora_B.weight");
}
