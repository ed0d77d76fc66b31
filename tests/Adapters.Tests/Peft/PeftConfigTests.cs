using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Peft;

public sealed class PeftConfigTests
{
    [Fact]
    public void A_configuration_with_all_the_keys_peft_writes_is_read()
    {
        // The keys and defaults of PEFT's LoraConfig as saved for a sequence classification.
        PeftConfig config = Read("""
            {"alora_invocation_tokens":null,"alpha_pattern":{},"arrow_config":null,"auto_mapping":null,"base_model_name_or_path":"bert-base-uncased",
             "bias":"none","corda_config":null,"ensure_weight_tying":false,"eva_config":null,"exclude_modules":null,"fan_in_fan_out":false,
             "inference_mode":true,"init_lora_weights":true,"layer_replication":null,"layers_pattern":null,"layers_to_transform":null,"loftq_config":{},
             "lora_alpha":16,"lora_bias":false,"lora_dropout":0.1,"megatron_config":null,"megatron_core":"megatron.core",
             "modules_to_save":["classifier","score"],"peft_type":"LORA","peft_version":"0.18.0","qalora_group_size":16,"r":8,"rank_pattern":{},
             "revision":null,"target_modules":["value","query"],"target_parameters":null,"task_type":"SEQ_CLS","trainable_token_indices":null,
             "use_dora":false,"use_qalora":false,"use_rslora":true}
            """);

        Assert.Equal("bert-base-uncased", config.BaseModelName);
        Assert.Equal("SEQ_CLS", config.TaskType);
        Assert.Equivalent(
            new LoraSettings { Rank = 8, Alpha = 16, Variant = AdapterVariant.RsLora, TargetModules = ["query", "value"], ModulesToSave = ["classifier", "score"] },
            config.Settings, strict: true);
    }

    [Theory]
    [InlineData("\"r\":0", "r is")]
    [InlineData("\"r\":1025", "r is")]
    [InlineData("\"r\":1e99", "r is")]
    [InlineData("\"lora_alpha\":-1", "lora_alpha is")]
    [InlineData("\"lora_alpha\":1e400", "lora_alpha is")]
    [InlineData("\"peft_type\":\"LOHA\"", "peft_type is 'LOHA', expected LORA")]
    [InlineData("\"bias\":\"lora_only\"", "bias is 'lora_only', expected 'none'")]
    [InlineData("\"rank_pattern\":{\"q\":4}", "rank_pattern is")]
    [InlineData("\"alpha_pattern\":{\"q\":4}", "alpha_pattern is")]
    [InlineData(
        "\"rank_pattern\":{\n  \"q\": 4\n},\"alpha_pattern\":{\"q\":4}",
        "rank_pattern is { \"q\": 4 } and alpha_pattern is {\"q\":4}, expected both empty")]
    [InlineData("\"layer_replication\":[\n  [\n    0,\n    2\n  ]\n]", "layer_replication is [ [ 0, 2 ] ], expected")]
    [InlineData("\"use_rslora\":true,\"use_dora\":true", "at most one")]
    [InlineData("\"use_dora\":\"yes\"", "use_dora is")]
    [InlineData("\"init_lora_weights\":\"pissa_niter_4\"", "init_lora_weights is 'pissa_niter_4'")]
    [InlineData("\"target_modules\":null", "target_modules is")]
    [InlineData("\"target_modules\":[1]", "target_modules is")]
    [InlineData("\"modules_to_save\":\"classifier\"", "modules_to_save is")]
    [InlineData("\"target_parameters\":[\"experts.up\"]", "target_parameters is")]
    [InlineData("\"a_feature_of_tomorrow\":2", "a_feature_of_tomorrow is 2")]
    [InlineData("\"task_type\":\"SEQ_CLASS\"", "task_type is 'SEQ_CLASS', expected one of SEQ_CLS, ")]
    [InlineData("\"r\":4,\"r\":8", "not well-formed")]
    public void A_setting_that_is_wrong_or_would_be_computed_differently_is_refused_by_name(string setting, string problem)
    {
        string name = setting.Split(':')[0];
        var rest = new[] { "\"r\":4", "\"lora_alpha\":8", "\"peft_type\":\"LORA\"", "\"target_modules\":[\"q\"]" }.Where(
            s => s.Split(':')[0] != name);

        var refusal = Assert.Throws<AdapterFormatException>(() => Read("{" + string.Join(',', rest.Append(setting)) + "}"));

        Assert.Contains("adapter_config.json: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    private static PeftConfig Read(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(PeftConfig.FileName), json);
        return PeftConfig.Read(folder.Path);
    }
}
