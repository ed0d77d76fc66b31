using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Tests.Files;
using EdgeFlora.Adapters.Tests.Safetensors;

namespace EdgeFlora.Adapters.Tests.Peft;

/// <summary>Settings that choose modules, beside a file that adapts <c>enc.layer.0.q</c> and <c>enc.layer.1.q</c>.</summary>
public sealed class ModuleChoiceTests
{
    [Theory]
    [InlineData("\"target_modules\":[\"q\"]")]
    [InlineData("\"target_modules\":[\"q\",\"k\"]")]
    [InlineData("\"target_modules\":\".*q\"")]
    [InlineData("\"target_modules\":\"(?P<part>enc)\\\\.layer\\\\.\\\\d+\\\\.(k|q)\"")]
    [InlineData("\"target_modules\":\"all-linear\"")]
    [InlineData("\"target_modules\":[\"q\"],\"layers_to_transform\":[0,1,2]")]
    [InlineData("\"target_modules\":[\"q\"],\"layers_to_transform\":[0,1],\"layers_pattern\":\"layer\"")]
    [InlineData("\"target_modules\":[\"q\"],\"layers_to_transform\":[],\"layers_pattern\":[]")]
    [InlineData("\"target_modules\":[\"q\"],\"exclude_modules\":[\"layer.2.q\",\"0.q.x\",\"uq\"]")]
    [InlineData("\"target_modules\":[\"q\"],\"exclude_modules\":\"layer\\\\.0\\\\.q\"")]
    [InlineData("\"target_modules\":[\"q\"],\"exclude_modules\":\"\"")]
    public void Modules_that_are_chosen_are_read(string choice) => Assert.Equal(["enc.layer.0.q", "enc.layer.1.q"], Read(choice).Modules.Keys);

    [Theory]
    [InlineData("\"target_modules\":\"enc\\\\.layer\\\\.0\\\\.q\"", "enc.layer.1.q", "target_modules 'enc\\.layer\\.0\\.q'")]
    [InlineData("\"target_modules\":\"q\"", "enc.layer.0.q", "target_modules 'q'")]
    [InlineData("\"target_modules\":[\"q\"],\"layers_to_transform\":[0]", "enc.layer.1.q", "layers_to_transform [0]")]
    [InlineData("\"target_modules\":[\"q\"],\"layers_to_transform\":1", "enc.layer.0.q", "layers_to_transform [1]")]
    [InlineData(
        "\"target_modules\":[\"q\"],\"layers_to_transform\":[0,1],\"layers_pattern\":[\"h\",\"blocks\"]",
        "enc.layer.0.q",
        "layers_to_transform [0, 1]")]
    [InlineData("\"target_modules\":[\"q\"],\"exclude_modules\":[\"layer.1.q\"]", "enc.layer.1.q", "exclude_modules 'layer.1.q'")]
    [InlineData("\"target_modules\":[\"q\"],\"exclude_modules\":\".*0.*\"", "enc.layer.0.q", "exclude_modules '.*0.*'")]
    [InlineData("\"target_modules\":[\"q\"],\"modules_to_save\":[\"layer.1\"]", "enc.layer.1.q", "modules_to_save 'layer.1'")]
    [InlineData("\"target_modules\":[\"q\"],\"modules_to_save\":[\"q\"]", "enc.layer.0.q", "modules_to_save 'q'")]
    public void A_file_with_tensors_of_a_module_that_is_left_out_is_refused_with_tensor_and_setting(string choice, string module, string setting)
    {
        string message = Refusal(choice);

        Assert.Contains("adapter_model.safetensors: ", message, StringComparison.Ordinal);
        Assert.Contains(
            $"tensor 'base_model.model.{module}.lora_A.weight' adapts a module that {setting} of adapter_config.json leaves out",
            message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"target_modules\":\"(q\"", "target_modules is '(q', which can't be read as a regular expression; list the names")]
    [InlineData("\"target_modules\":[\"q\"],\"exclude_modules\":\"((((((([a-z.0-9]+)+)+)+)+)+)+)+!\"", "which takes over 1 s to match")]
    [InlineData("\"target_modules\":[]", "target_modules is missing or empty, expected a list of names or a pattern")]
    [InlineData("\"target_modules\":[\"q\"],\"exclude_modules\":{\"q\":1}", "exclude_modules is {\"q\":1}, expected a list")]
    [InlineData("\"target_modules\":[\"q\"],\"layers_to_transform\":\"0\"", "layers_to_transform is \"0\", expected the number of a layer")]
    [InlineData("\"target_modules\":[\"q\"],\"layers_to_transform\":[0.5]", "layers_to_transform is [0.5], expected the number of a layer")]
    [InlineData("\"target_modules\":\".*q\",\"layers_to_transform\":[0]", "target_modules is the pattern '.*q', and layers_to_transform is [0]")]
    public void A_choice_that_nobody_can_follow_is_refused_by_name(string choice, string problem) =>
        Assert.Contains(problem, Refusal(choice), StringComparison.Ordinal);

    [Fact]
    public void An_adapter_without_a_tensor_of_what_was_trained_in_full_is_refused()
    {
        Assert.Contains(
            "no tensor lies in a module that modules_to_save (classifier, score) of adapter_config.json names",
            Refusal("\"target_modules\":[\"q\"],\"modules_to_save\":[\"classifier\",\"score\"]"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Both_ways_of_reading_agree()
    {
        using var folder = Written("\"target_modules\":[\"q\"],\"exclude_modules\":[\"layer.1.q\"]");

        Assert.Equal(
            Assert.Throws<AdapterFormatException>(() => PeftFolder.Read(folder.Path)).Message,
            Assert.Throws<AdapterFormatException>(() => PeftAdapterReader.Open(folder.Path)).Message);
    }

    private static LoraAdapter Read(string choice)
    {
        using var folder = Written(choice);
        return PeftFolder.Read(folder.Path);
    }

    private static string Refusal(string choice) => Assert.Throws<AdapterFormatException>(() => Read(choice)).Message;

    private static TemporaryFolder Written(string choice)
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(PeftConfig.FileName), $$"""{"peft_type":"LORA","r":1,"lora_alpha":4,{{choice}}}""");
        string[] tensors =
        [
            .. new[] { "0.q.lora_A", "0.q.lora_B", "1.q.lora_A", "1.q.lora_B" }.Select((name, i) =>
                $$"""
                "base_model.model.enc.layer.{{name}}.weight":{"dtype":"BF16","shape":[1,1],"data_offsets":[{{2 * i}},{{(2 * i) + 2}}]}
                """),
        ];
        RawSafetensors.Write(folder.File(PeftFolder.TensorsName), $"{{{string.Join(',', tensors)}}}", new byte[8]);
        return folder;
    }
}
