using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Models;

public sealed class EncoderFamilyTests : IDisposable
{
    private static readonly string[] Labels = ["colour", "number", "animal", "verb"];

    private static readonly Example[] Examples =
        [.. TinyBert.Words.Select((word, i) => new Example(word, null, i / 4)), new Example("red cat", "two", 1)];

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string[]> Targets => new()
    {
        { "bert", ["query", "key", "value", "dense"] },
        { "roberta", ["query", "key", "value", "dense"] },
        { "xlm-roberta", ["query", "value"] },
        { "distilbert", ["q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"] },
        { "use-lite", ["qkv", "output", "residual", "up", "down"] },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_a_run_begins_with_fits_the_model_and_all_of_it_trains(string family, string[] targets)
    {
        TinyFolder.Write(folder.Path, family);
        BaseModel model = BaseModel.Load(folder.Path);
        LoraAdapter first = FirstAdapter(targets);
        var plan = new TrainingPlan { Steps = 2, BatchSize = Examples.Length, LearningRate = 0.01, MaxTokens = 12, Seed = 1 };
        using IFineTuning tuning = new PortableEngine().Start(model, first, Labels, Examples, plan);

        double loss = tuning.TrainStep();
        tuning.TrainStep();

        Assert.Equal(Math.Log(4), loss, tolerance: 1e-5); // The head's last layer starts at zero: all labels are equally likely.
        LoraAdapter after = tuning.Snapshot();
        Assert.All(first.Saved, saved => Assert.NotEqual(saved.Value.Values, after.Saved[saved.Key].Values));
        Assert.All(first.Modules, module => Assert.NotEqual(module.Value.B.Values.ToArray(), after.Modules[module.Key].B.Values.ToArray()));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_step_whose_shapes_have_been_seen_allocates_nothing(string family, string[] targets)
    {
        TinyFolder.Write(folder.Path, family);
        var plan = new TrainingPlan { Steps = 10, BatchSize = Examples.Length, LearningRate = 0.01, MaxTokens = 12, Seed = 1 };
        using IFineTuning tuning = new PortableEngine().Start(BaseModel.Load(folder.Path), FirstAdapter(targets), Labels, Examples, plan);
        for (int i = 0; i < 5; i++)
        {
            tuning.TrainStep();
        }

        // A batch is an epoch here, and each epoch's order takes one generator: measured apart.
        int[] drawn = new int[Examples.Length];
        var order = new BatchOrder(Examples.Length, plan.Seed);
        order.Fill(0, drawn);
        long ofOrder = Allocation.Least(epoch => order.Fill(epoch, drawn));
        long ofStep = Allocation.Least(_ => tuning.TrainStep());

        Assert.Equal(ofOrder, ofStep);
    }

    [Theory]
    [InlineData(
        "roberta", 37, "roberta.embeddings.token_type_embeddings.weight [1×16]", "roberta.encoder.layer.1.attention.output.LayerNorm.bias [16]")]
    [InlineData(
        "xlm-roberta", 37, "roberta.embeddings.position_embeddings.weight [14×16]", "roberta.encoder.layer.0.intermediate.dense.weight [32×16]")]
    [InlineData(
        "distilbert", 36, "distilbert.embeddings.position_embeddings.weight [12×16]", "distilbert.transformer.layer.1.ffn.lin2.weight [16×32]")]
    [InlineData("use-lite", 30, "encoder.layer.0.attention.qkv.weight [24×8]", "encoder.layer.1.attention.qkv.weight [36×16]")]
    public void Tensors_bear_the_published_names(string family, int count, params string[] some)
    {
        string[] names = [.. TinyFolder.Load(family).Network.Layout.Parameters.Where(parameter => parameter.Formula is null).Select(
            parameter => parameter.ToString())];

        Assert.Equal(count, names.Length);
        Assert.All(some, name => Assert.Contains(name, names));
    }

    [Theory]
    [InlineData("roberta", "lm_head.dense.weight", "roberta.pooler.dense.weight", "classifier.out_proj.weight", "roberta.embeddings.position_ids")]
    [InlineData("distilbert", "vocab_transform.weight", "vocab_projector.bias", "pre_classifier.weight", "classifier.bias")]
    [InlineData("bert", "classifier.weight", "cls.predictions.decoder.weight", "bert.embeddings.position_ids", "qa_outputs.bias")]
    public void Heads_for_other_tasks_are_passed_over(string family, params string[] extra)
    {
        TinyFolder.Write(
            folder.Path, family, tensors => Array.ForEach(extra, name => tensors.Add(name, new TensorData(name, [3, 16], new float[48]))));

        Assert.NotNull(BaseModel.Load(folder.Path));
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("distilbert")]
    [InlineData("use-lite")]
    public void A_tensor_of_no_layer_is_named(string family)
    {
        TinyFolder.Write(
            folder.Path, family, tensors => tensors.Add("encoder.layer.7.odd", new TensorData("encoder.layer.7.odd", [1], new float[1])));

        Assert.Contains(
            "encoder.layer.7.odd", Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", "bert.")]
    [InlineData("roberta", "roberta.")]
    [InlineData("distilbert", "distilbert.")]
    public void A_checkpoint_with_the_names_of_former_times_is_the_same_model(string family, string prefix)
    {
        float[] expected = Scores(TinyFolder.Load(family));
        TinyFolder.Write(folder.Path, family, tensors =>
        {
            foreach (string name in tensors.Keys.ToArray())
            {
                string former = name[prefix.Length..]
                    .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
                    .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
                tensors.Remove(name, out TensorData? tensor);
                tensors.Add(former, tensor! with { Name = former });
            }
        });

        Assert.Equal(expected, Scores(BaseModel.Load(folder.Path)));
    }

    [Theory]
    [InlineData("bert", "hidden_act", "\"gelu\"")]
    [InlineData("roberta", "hidden_act", "\"gelu\"")]
    [InlineData("distilbert", "activation", "\"gelu\"")]
    [InlineData("use-lite", "activation", "\"relu\"")]
    public void The_activation_is_the_one_that_the_configuration_names(string family, string setting, string usual)
    {
        string[] names = ["gelu", "relu", "gelu_new", "gelu_pytorch_tanh"];
        float[][] scores = [.. names.Select(name => With(name))];

        Assert.Equal(3, scores.Select(values => string.Join(' ', values)).Distinct().Count()); // the last two are one
        Assert.Equal(scores[2], scores[3]);
        Assert.Equal(Scores(TinyFolder.Load(family)), scores[Array.IndexOf(names, usual.Trim('"'))]);
        Assert.Contains(
            $"{setting} is \"swish\"; supported are gelu, relu, gelu_new",
            Assert.Throws<InvalidDataException>(() => With("swish")).Message,
            StringComparison.Ordinal);

        float[] With(string name)
        {
            TinyFolder.Write(folder.Path, family);
            string path = folder.File("config.json");
            File.WriteAllText(
                path, File.ReadAllText(path).Replace($"\"{setting}\": {usual}", $"\"{setting}\": \"{name}\"", StringComparison.Ordinal));
            return Scores(BaseModel.Load(folder.Path));
        }
    }

    [Fact]
    public void Positions_of_roberta_leave_room_for_the_padding_token()
    {
        BaseModel model = TinyFolder.Load("roberta");

        Assert.Equal(12, model.MaxTokens); // of 14 positions the first two are never used
        Assert.Equal(12, model.Tokenizer.Encode(string.Join(' ', Enumerable.Repeat("cat", 50)), null, model.MaxTokens).Length);
        Assert.NotEmpty(Scores(model, new Example(string.Join(' ', Enumerable.Repeat("cat", 50)), null, 0)));
    }

    [Fact]
    public void Positions_that_leave_no_room_are_refused()
    {
        TinyFolder.Write(folder.Path, "roberta");
        string path = folder.File("config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"pad_token_id\": 1", "\"pad_token_id\": 11", StringComparison.Ordinal));

        Assert.Contains(
            "leaves room for 2 tokens after pad_token_id 11",
            Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_neither_model_type_nor_architecture_is_refused()
    {
        TinyFolder.Write(folder.Path, "use-lite");
        string path = folder.File("config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("use-lite (Kona", "use-heavy (Kona", StringComparison.Ordinal));
        Refused("architecture is \"use-heavy\"; supported are bert, distilbert");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"architecture\"", "\"builder\"", StringComparison.Ordinal));
        Refused("model_type is missing");
    }

    private void Refused(string problem) =>
        Assert.Contains(problem, Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path)).Message, StringComparison.Ordinal);

    private LoraAdapter FirstAdapter(string[] targets)
    {
        using var model = BaseModelFolder.Open(folder.Path);
        return model.FirstAdapter(new LoraSettings { Rank = 2, Alpha = 4, TargetModules = targets }, Labels.Length, seed: 5);
    }

    /// <summary>Class probabilities of a few texts, under a head of made-up weights.</summary>
    private static float[] Scores(BaseModel model, params Example[] examples)
    {
        IClassificationHead head = model.Network.Head(4);
        var adapter = new LoraAdapter(
            new LoraSettings { Rank = 1, Alpha = 1, TargetModules = ["none"], ModulesToSave = head.Modules },
            [],
            head.Layout.Parameters.Select(p => KeyValuePair.Create(p.Name, new DenseTensor([.. p.Shape], TinyBert.Values(p.Name, p.Length)))));
        var plan = new TrainingPlan { Steps = 1, BatchSize = 1, LearningRate = 1, MaxTokens = 12, Seed = 1 };
        using IFineTuning tuning = new PortableEngine().Start(model, adapter, Labels, [], plan);
        return [.. tuning.Predict(examples.Length > 0 ? examples : Examples, CancellationToken.None).SelectMany(row => row)];
    }
}
