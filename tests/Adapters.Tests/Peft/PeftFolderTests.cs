using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;
using EdgeFlora.Adapters.Tests.Safetensors;
using EdgeFlora.Storage;

namespace EdgeFlora.Adapters.Tests.Peft;

public sealed class PeftFolderTests
{
    [Theory]
    [InlineData(AdapterVariant.Lora)]
    [InlineData(AdapterVariant.RsLora)]
    [InlineData(AdapterVariant.Dora)]
    public void An_adapter_returns_bit_by_bit_with_its_settings(AdapterVariant variant)
    {
        using var folder = new TemporaryFolder();
        LoraAdapter adapter = SampleAdapter.Create(seed: 1, variant, alpha: 12.5);

        PeftFolder.Write(folder.File("adapter"), adapter, "some/base", "SEQ_CLS");

        LoraAdapter read = PeftFolder.Read(folder.File("adapter"));
        PeftConfig config = PeftConfig.Read(folder.File("adapter"));
        SampleAdapter.AssertSameBits(adapter, read);
        Assert.Equivalent(adapter.Settings, read.Settings, strict: true);
        Assert.Equal(("some/base", "SEQ_CLS"), (config.BaseModelName, config.TaskType));
    }

    [Fact]
    public void The_tensors_bear_the_names_that_peft_gives_them()
    {
        using var folder = new TemporaryFolder();

        PeftFolder.Write(folder.Path, SampleAdapter.Create(seed: 1, AdapterVariant.Dora), "b", "SEQ_CLS");

        using SafetensorsFile file = SafetensorsFile.Open(folder.File("adapter_model.safetensors"));
        Assert.Equal(
            [
                "base_model.model.bert.layer.0.self.query.lora_A.weight", "base_model.model.bert.layer.0.self.query.lora_B.weight",
                "base_model.model.bert.layer.0.self.query.lora_magnitude_vector",
                "base_model.model.bert.layer.0.self.value.lora_A.weight", "base_model.model.bert.layer.0.self.value.lora_B.weight",
                "base_model.model.bert.layer.0.self.value.lora_magnitude_vector",
                "base_model.model.classifier.bias", "base_model.model.classifier.weight",
            ],
            file.Tensors.Keys);
        Assert.Equal([4, 32], file.Tensors["base_model.model.bert.layer.0.self.query.lora_A.weight"].Shape);
        Assert.Equal([48, 4], file.Tensors["base_model.model.bert.layer.0.self.query.lora_B.weight"].Shape);
        Assert.Equal("pt", file.Metadata["format"]);
    }

    [Theory]
    [InlineData("attn.c_attn", true)]
    [InlineData("query", false)]
    public void Layers_whose_weights_lie_transposed_are_said_to_do_so(string target, bool transposed)
    {
        using var folder = new TemporaryFolder();
        var adapter = new LoraAdapter(
            new LoraSettings { Rank = 1, Alpha = 1, TargetModules = [target] },
            [KeyValuePair.Create($"transformer.h.0.{target}", new LoraFactors(new Matrix(1, 2), new Matrix(6, 1)))]);

        PeftFolder.Write(folder.File("adapter"), adapter, "gpt2", "CAUSAL_LM");

        Assert.Contains(
            $"\"fan_in_fan_out\": {(transposed ? "true" : "false")}",
            File.ReadAllText(folder.File("adapter/adapter_config.json")),
            StringComparison.Ordinal);
        SampleAdapter.AssertSameBits(adapter, PeftFolder.Read(folder.File("adapter")));
    }

    [Theory]
    [InlineData(TensorType.F16, 11)]
    [InlineData(TensorType.BF16, 8)]
    public void Half_precision_is_off_by_half_a_unit_of_the_last_kept_bit(TensorType precision, int significantBits)
    {
        using var folder = new TemporaryFolder();
        LoraAdapter adapter = SampleAdapter.Create(seed: 2);

        PeftFolder.Write(folder.Path, adapter, "b", "SEQ_CLS", precision);

        LoraAdapter read = PeftFolder.Read(folder.Path);
        foreach (((_, Memory<float> expected), (_, Memory<float> actual)) in SampleAdapter.Tensors(adapter).Zip(SampleAdapter.Tensors(read)))
        {
            for (int i = 0; i < expected.Length; i++)
            {
                // Relative 2⁻ᵖ for p significant bits; below 2⁻¹⁴ half precision is subnormal with steps of 2⁻²⁴.
                double tolerance = Math.Max(Math.ScaleB(MathF.Abs(expected.Span[i]), -significantBits), Math.ScaleB(1, -25));
                Assert.InRange(actual.Span[i] - expected.Span[i], -tolerance, tolerance);
            }
        }
    }

    [Fact]
    public void Hira_carries_its_scale_in_B_because_peft_has_none_for_it()
    {
        using var folder = new TemporaryFolder();
        LoraAdapter adapter = SampleAdapter.Create(seed: 1, AdapterVariant.Hira, alpha: 8); // α/r = 2: doubling is exact

        PeftFolder.Write(folder.Path, adapter, "b", "SEQ_CLS");

        LoraAdapter read = PeftFolder.Read(folder.Path);
        Assert.Equal((AdapterVariant.Hira, 1.0), (read.Settings.Variant, read.Settings.Scale));
        foreach ((string module, LoraFactors factors) in adapter.Modules)
        {
            Assert.Equal(factors.A.Values.ToArray(), read.Modules[module].A.Values.ToArray());
            Assert.Equal(factors.B.Values.ToArray().Select(b => 2 * b), read.Modules[module].B.Values.ToArray());
        }

        using SafetensorsFile file = SafetensorsFile.Open(folder.File(PeftFolder.TensorsName));
        Assert.Contains("base_model.model.bert.layer.0.self.query.hira_A", file.Tensors.Keys);
    }

    [Fact]
    public void An_earlier_adapter_is_replaced_and_no_temporary_stays()
    {
        using var folder = new TemporaryFolder();
        string target = folder.File("adapter");
        PeftFolder.Write(target, SampleAdapter.Create(seed: 1), "b", "SEQ_CLS");
        LoraAdapter second = SampleAdapter.Create(seed: 2);

        PeftFolder.Write(target, second, "b", "SEQ_CLS");

        SampleAdapter.AssertSameBits(second, PeftFolder.Read(target));
        Assert.Equal([target], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_folder_that_is_no_adapter_is_refused_with_what_it_lacks()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("there is no adapter_config.json", Refusal(() => PeftFolder.Read(folder.Path)), StringComparison.Ordinal);
        File.WriteAllText(folder.File("adapter_config.json"), "{}");
        File.WriteAllText(folder.File("adapter_model.bin"), "");
        Assert.Contains("adapter_model.bin is a pickle", Refusal(() => PeftFolder.Read(folder.Path)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_other_content_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("thesis.txt"), "years of work");

        var refusal = Assert.Throws<ForeignFolderException>(() => PeftFolder.Write(folder.Path, SampleAdapter.Create(seed: 1), "b", "SEQ_CLS"));

        Assert.Contains("thesis.txt", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([folder.File("thesis.txt")], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_refused_adapter_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        LoraAdapter poisoned = SampleAdapter.Create(seed: 1);
        poisoned.Saved["classifier.bias"].Values[1] = float.NaN;
        var stranger = new LoraAdapter(
            SampleAdapter.Settings(), [KeyValuePair.Create("bert.dense", new LoraFactors(new Matrix(4, 2), new Matrix(2, 4)))]);
        var misfit = new LoraAdapter(SampleAdapter.Settings(), [KeyValuePair.Create("query", new LoraFactors(new Matrix(3, 2), new Matrix(2, 3)))]);
        LoraAdapter good = SampleAdapter.Create(seed: 1);
        string target = folder.File("adapter");

        Assert.Contains(
            "classifier.bias': value 1 is NaN", Refusal(() => PeftFolder.Write(target, poisoned, "b", "SEQ_CLS")), StringComparison.Ordinal);
        Assert.Contains(
            "'bert.dense' is none of the target modules",
            Refusal(() => PeftFolder.Write(target, stranger, "b", "SEQ_CLS")),
            StringComparison.Ordinal);
        Assert.Contains(
            "rank 3, but the adapter's rank is 4", Refusal(() => PeftFolder.Write(target, misfit, "b", "SEQ_CLS")), StringComparison.Ordinal);
        Assert.Contains("'SEQCLS', expected one of SEQ_CLS", Refusal(() => PeftFolder.Write(target, good, "b", "SEQCLS")), StringComparison.Ordinal);

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("""{"base_model.model.q.lora_A.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}""", 16, "q.lora_B.weight' is missing")]
    [InlineData("""{"base_model.model.q.lora_A.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"base_model.model.q.lora_B.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]}}""", 16, "F32 [1×2], expected [2×inputs]")]
    [InlineData("""{"base_model.model.q.lora_A.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"base_model.model.q.lora_B.weight":{"dtype":"F32","shape":[2,1,1],"data_offsets":[8,16]}}""", 16, "F32 [2×1×1], expected [outputs×2]")]
    [InlineData("""{"base_model.model.k.lora_A.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"base_model.model.k.lora_B.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}""", 16, "'k' is none of the target modules (q)")]
    [InlineData("""{"base_model.model.q.lora_A.weight":{"dtype":"I32","shape":[2,1],"data_offsets":[0,8]},"base_model.model.q.lora_B.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}""", 16, "is I32, expected F32")]
    [InlineData("""{"model.q.lora_A.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"base_model.model.q.lora_B.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}""", 16, "begins with 'base_model.model.'")]
    [InlineData("""{"base_model.model.q.lora_A.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"base_model.model.q.lora_B.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},"base_model.model.emb.lora_embedding_A":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}""", 20, "emb.lora_embedding_A' adapts an embedding, which EdgeFlora does not support")]
    [InlineData("""{"base_model.model.q.lora_A.default.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}""", 8, "holds the adapter's name 'default'")]
    [InlineData("""{"base_model.model.q.lora_A.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"base_model.model.q.lora_B.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},"base_model.model.q.lora_magnitude_vector":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}""", 20, "belongs to no adapted module")]
    [InlineData("""{}""", 0, "no module")]
    public void Tensors_that_do_not_make_the_adapter_of_the_configuration_are_refused(string header, int dataLength, string problem)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("adapter_config.json"), """{"peft_type":"LORA","r":2,"lora_alpha":4,"target_modules":["q"]}""");
        RawSafetensors.Write(folder.File("adapter_model.safetensors"), header, new byte[dataLength]);

        string message = Refusal(() => PeftFolder.Read(folder.Path));

        Assert.Contains("adapter_model.safetensors", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Embeddings_that_PEFT_saved_because_they_were_resized_are_read_and_tied_as_it_ties_them()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("adapter_config.json"), """{"peft_type":"LORA","r":1,"lora_alpha":4,"target_modules":["q"]}""");
        RawSafetensors.Write(
            folder.File("adapter_model.safetensors"),
            """{"base_model.model.q.lora_A.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"base_model.model.q.lora_B.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]},"base_model.model.model.embed_tokens.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]}}""",
            new byte[16]);

        LoraAdapter read = PeftFolder.Read(folder.Path);
        PeftFolder.Write(folder.File("again"), read, "b", "CAUSAL_LM");

        Assert.Equal(["embed_tokens"], read.Settings.ModulesToSave);
        Assert.True(PeftFolder.Read(folder.File("again")).Settings.EnsureWeightTying);
    }

    [Theory]
    [InlineData("adapter_model.bin", "adapter_model.bin is a pickle")]
    [InlineData("checkpoint-9/adapter_config.json", "; there is one in ")]
    [InlineData("config.json", "this folder holds a whole model")]
    public void A_folder_without_an_adapter_is_refused_with_what_it_may_be_instead(string file, string said)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(file))!);
        File.WriteAllText(folder.File(file), "{}");

        Assert.Contains(said, Refusal(() => PeftFolder.Read(folder.Path)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pointer_of_Git_LFS_is_called_what_it_is()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("adapter_config.json"), """{"peft_type":"LORA","r":1,"lora_alpha":4,"target_modules":["q"]}""");
        File.WriteAllText(folder.File("adapter_model.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");

        Assert.Contains("a pointer of Git LFS", Refusal(() => PeftFolder.Read(folder.Path)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0, "the adapter is DoRA, but 'q.lora_magnitude_vector' is missing")]
    [InlineData(
        ",\"base_model.model.q.lora_magnitude_vector\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}",
        8,
        "F32 [2], expected [1], one magnitude per output")]
    public void Dora_without_a_magnitude_per_output_is_refused(string magnitude, int length, string problem)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("adapter_config.json"), """{"peft_type":"LORA","r":1,"lora_alpha":4,"target_modules":["q"],"use_dora":true}""");
        RawSafetensors.Write(
            folder.File("adapter_model.safetensors"),
            """{"base_model.model.q.lora_A.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"base_model.model.q.lora_B.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]}""" + magnitude + "}",
            new byte[8 + length]);

        Assert.Contains(problem, Refusal(() => PeftFolder.Read(folder.Path)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_is_not_finite_is_refused_with_its_tensor()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("adapter_config.json"), """{"peft_type":"LORA","r":1,"lora_alpha":4,"target_modules":["q"]}""");
        RawSafetensors.Write(
            folder.File("adapter_model.safetensors"),
            """{"base_model.model.q.lora_A.weight":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]},"base_model.model.q.lora_B.weight":{"dtype":"BF16","shape":[1,1],"data_offsets":[4,6]}}""",
            [0, 0, 0x80, 0x7F, 0, 0]);

        Assert.Contains("q.lora_A.weight': value 1 is Infinity", Refusal(() => PeftFolder.Read(folder.Path)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"target_modules\":\".*q\"")]
    [InlineData("\"target_modules\":[\"q\"],\"layers_to_transform\":[0]")]
    [InlineData("\"target_modules\":[\"q\"],\"exclude_modules\":[\"layer.1.q\"]")]
    public void Where_a_list_of_endings_cannot_say_it_the_targets_are_full_names(string choice)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("adapter_config.json"), $$"""{"peft_type":"LORA","r":1,"lora_alpha":4,{{choice}}}""");
        RawSafetensors.Write(
            folder.File("adapter_model.safetensors"),
            """{"base_model.model.layer.0.q.lora_A.weight":{"dtype":"BF16","shape":[1,1],"data_offsets":[0,2]},"base_model.model.layer.0.q.lora_B.weight":{"dtype":"BF16","shape":[1,1],"data_offsets":[2,4]}}""",
            new byte[4]);

        Assert.Equal(["layer.0.q"], PeftFolder.Read(folder.Path).Settings.TargetModules);
    }

    private static string Refusal(Action action) => Assert.Throws<AdapterFormatException>(action).Message;
}
