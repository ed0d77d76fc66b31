using System.Text;
using EdgeFlora.Adapters;

namespace EdgeFlora.Cli.Tests.Commands.Aggregate;

/// <summary>Refusals name folder, file, tensor and cause in one line; nothing is written on refusal.</summary>
public sealed class AggregateRefusalTests : IDisposable
{
    private readonly AdapterFolders given = new();

    public void Dispose() => given.Dispose();

    [Theory]
    [InlineData("--strategy Best {a} {b}", "--strategy is 'Best'; it must be one of Auto, FedExLora, FedIT")]
    [InlineData("{a} {root}/missing", "missing")]
    [InlineData("--weights 1,2,3 {a} {b}", "The weights are 3 and the folders 2; give one weight for each folder, as 120,80,95 for three, or none.")]
    [InlineData("--weights 1,-2 {a} {b}", "--weights has '-2'; it must be numbers of examples")]
    [InlineData("--weights 1,many {a} {b}", "--weights has 'many'; it must be numbers of examples")]
    [InlineData("--compare --quick {a} {b}", "--compare and --quick are both given; it must be at most one of them")]
    [InlineData("--weights 0,0 {a} {b}", "All weights are 0; at least one must be positive.")]
    [InlineData(
        "--rank 3 {a} {b}",
        "a has rank 4 in module encoder.layer.0.query, above the result's rank 3; FloraNA combines factors of at most that rank (OptimalRank and "
            + "FlexLora take any).")]
    [InlineData("--rank 0 {a} {b}", "--rank is 0; it must be 1 … 1024")]
    [InlineData("--energy 0.9 {a} {b}", "--energy is 0.9; it must be above 0 and below 1, with --strategy OptimalRank")]
    [InlineData("--strategy OptimalRank --energy 1.5 {a} {b}", "--energy is 1.5; it must be above 0 and below 1")]
    [InlineData("--strategy OptimalRank --energy 0.9 --rank 2 {a} {b}", "--rank is given beside --energy")]
    [InlineData("--robust none --clip-factor 2 {a} {b}", "--clip-factor is given beside --robust none")]
    [InlineData("--robust clip --hostile-share 0.1 {a} {b}", "--hostile-share is given beside --robust clip; it goes with --robust multi-krum")]
    [InlineData("--clip-factor 2 {a} {b}", "--clip-factor is given without --robust, and nothing is shortened; add --robust clip")]
    [InlineData("--robust clip --clip-factor 0.5 {a} {b}", "--clip-factor is 0.5; it must be 0 or at least 1")]
    [InlineData("--weight-cap 0.5 {a} {b}", "--weight-cap is 0.5; it must be 0 or at least 1")]
    [InlineData("--weight-exponent 3 {a} {b}", "--weight-exponent is '3'; it must be 0 … 2")]
    [InlineData("--strategy FedIT --paper-literal {a} {b}", "--paper-literal is given beside --strategy FedIT; it goes with FloraNA")]
    [InlineData("--strategy-for *.dense=FedIT {a} {b}", "The pattern '*.dense' for FedIT fits none of the 2 modules; their names are such as ")]
    [InlineData("--gauge loose {a} {b}", "--gauge is 'loose'; it must be one of anchored, principal, balanced")]
    [InlineData("--robust trust {a} {b}", "--robust is 'trust'; it must be one of ")]
    [InlineData("--json {root}/nowhere/report.json {a} {b}", "nowhere/report.json'; it must be a file in a folder that exists")]
    [InlineData("--strategy FfaLora {a} {b}", "FfaLora goes by the adapter that all others started from")]
    [InlineData("{a} {a}", "is given twice; use weights to count it more.")]
    public async Task A_request_that_cannot_be_met_is_one_line_and_nothing_is_written(string line, string said)
    {
        string a = given.Write("a", 1);
        string b = given.Write("b", 2);

        await given.AssertRefusedAsync(
            line.Replace("{a}", a, StringComparison.Ordinal).Replace("{b}", b, StringComparison.Ordinal)
                .Replace("{root}", given.Root, StringComparison.Ordinal).Split(' '),
            said);
    }

    [Fact]
    public async Task A_folder_without_an_adapter_is_named_with_what_it_lacks()
    {
        string empty = Directory.CreateDirectory(Path.Combine(given.Root, "empty")).FullName;

        await given.AssertRefusedAsync([given.Write("a", 1), empty], empty, "adapter_config.json");
    }

    [Fact]
    public async Task A_value_that_is_not_a_number_is_named_by_folder_and_tensor()
    {
        string bad = given.Write("bad", 2);
        string file = Path.Combine(bad, "adapter_model.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - sizeof(float)), float.NaN);
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);

        await given.AssertRefusedAsync([given.Write("a", 1), bad], file, "tensor 'base_model.model.", "is NaN, expected a finite number");
    }

    [Theory]
    [InlineData("\"r\": 4", "\"r\": 5")]
    [InlineData("\"r\": 4", "\"r\": 0")]
    [InlineData("\"lora_alpha\": 8", "\"lora_alpha\": -1")]
    public async Task A_rank_or_alpha_that_does_not_fit_is_named_by_file(string was, string becomes)
    {
        string bad = given.Write("bad", 2);
        string config = Path.Combine(bad, "adapter_config.json");
        string text = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        Assert.Contains(was, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(config, text.Replace(was, becomes, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        await given.AssertRefusedAsync([given.Write("a", 1), bad], bad);
    }

    [Fact]
    public async Task Adapters_of_different_base_models_are_not_mixed()
    {
        string a = given.Write("a", 1);
        string b = given.Write("b", 2, model: "other");

        await given.AssertRefusedAsync(
            [a, b], $"{b}: the base model is 'other', expected 'base' as in {a}; adapters of different models cannot be merged.");
    }

    [Theory]
    [InlineData("alpha_pattern", "{ \"encoder.layer.0.query\": 4 }")]
    [InlineData("rank_pattern", "{ \"encoder.layer.0.query\": 2 }")]
    [InlineData("lora_bias", "true")]
    [InlineData("target_parameters", "[\"mlp.experts\"]")]
    [InlineData("some_later_setting", "{ \"on\": 1 }")]
    public async Task A_setting_that_would_change_what_the_adapter_computes_is_named_with_its_file(string setting, string value)
    {
        string bad = given.Write("bad", 2);
        string config = Path.Combine(bad, "adapter_config.json");
        string text = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        string without = string.Join('\n', text.Split('\n').Where(line => !line.Contains($"\"{setting}\"", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(
            config,
            without.Replace("\"r\": 4", $"\"r\": 4, \"{setting}\": {value}", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        await given.AssertRefusedAsync([given.Write("a", 1), bad], config, $"{setting} is ");
    }

    [Theory]
    [InlineData(AdapterVariant.RsLora)]
    [InlineData(AdapterVariant.Dora)]
    [InlineData(AdapterVariant.Hira)]
    public async Task Variants_are_not_mixed(AdapterVariant variant)
    {
        string a = given.Write("a", 1);
        string b = given.Write("b", AdapterFolders.As(variant, AdapterFolders.Adapter(2)));

        await given.AssertRefusedAsync([a, b], $"{b}: the variant is {variant}, expected Lora as in {a}");
    }

    [Fact]
    public async Task A_truncated_file_is_named()
    {
        string bad = given.Write("bad", 2);
        string file = Path.Combine(bad, "adapter_model.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);

        foreach (int length in new[] { bytes.Length - 5, bytes.Length / 2, 9, 3, 0 })
        {
            await File.WriteAllBytesAsync(file, bytes[..length], TestContext.Current.CancellationToken);
            await given.AssertRefusedAsync([given.Write("a", 1), bad], file);
        }
    }

    [Theory]
    [InlineData("lora_A.weight", "lora_Q.weight", "lora_Q.weight")] // a name nobody knows
    [InlineData("\"F32\"", "\"I32\"", "is I32, expected F32, F16, BF16 or F64")]
    [InlineData(
        "base_model.model.encoder.layer.0.query", "some_model.model.encoder.layer.0.query", "expected a name that begins with 'base_model.model.'")]
    public async Task A_tensor_of_another_name_or_type_is_named(string was, string becomes, string said)
    {
        string bad = given.Write("bad", 2);
        string file = Path.Combine(bad, "adapter_model.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(was));
        Encoding.UTF8.GetBytes(becomes).CopyTo(bytes, at);
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);

        await given.AssertRefusedAsync([given.Write("a", 1), bad], file, "tensor '", said);
    }

    [Fact]
    public async Task A_module_that_one_folder_lacks_is_named_with_both()
    {
        LoraAdapter whole = AdapterFolders.Adapter(2);
        string a = given.Write("a", 1);
        string b = given.Write("b", new LoraAdapter(whole.Settings, whole.Modules.Take(1)));

        await given.AssertRefusedAsync([a, b], $"{b}: module 'encoder.layer.0.value' is missing, expected [20×24] as in {a}");
    }

    [Fact]
    public async Task A_broadcast_adapter_of_another_shape_is_named()
    {
        string start = given.Write("start", new LoraAdapter(AdapterFolders.Adapter(2).Settings, AdapterFolders.Adapter(2).Modules.Take(1)));

        await given.AssertRefusedAsync(
            ["--broadcast", start, given.Write("a", 1), given.Write("b", 2)], start, "module 'encoder.layer.0.value' is missing");
    }

    [Theory]
    [InlineData("FedIT", "out")]
    [InlineData("FloraStack", "out")]
    [InlineData("FloraStack", "out.base-delta")]
    public async Task A_folder_that_holds_something_else_is_not_replaced_and_neither_is_its_neighbour(string strategy, string taken)
    {
        string[] folders = [given.Write("a", 1), given.Write("b", 2)];
        string note = Path.Combine(Directory.CreateDirectory(Path.Combine(given.Root, taken)).FullName, "notes.txt");
        await File.WriteAllTextAsync(note, "mine", TestContext.Current.CancellationToken);

        await given.AssertRefusedAsync(["--strategy", strategy, .. folders], taken, "holds 'notes.txt', which is not ours to replace");

        Assert.Equal("mine", await File.ReadAllTextAsync(note, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_adapter_that_is_merged_is_not_written_over()
    {
        string a = given.Write("a", 1);

        await given.AssertRefusedAsync(
            ["--out", a + "/", a, given.Write("b", 2)], "--out is '", $"which would replace {a}; it must be a folder that is not merged");
    }

    [Fact]
    public async Task Factors_beyond_single_precision_are_named_by_folder_and_module()
    {
        LoraAdapter huge = AdapterFolders.Adapter(2);
        huge.Modules[AdapterFolders.Query].B.Values.Fill(3e38f);
        string bad = given.Write("huge", new LoraAdapter(huge.Settings with { Alpha = 800 }, huge.Modules));

        await given.AssertRefusedAsync(
            ["--robust", "none", given.Write("a", 1), bad], bad, "the mean of module encoder.layer.0.query is too large for single precision");
    }
}
