using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>What Adapters knows of every family without running it, against the networks that are run.</summary>
public sealed class HeadTableTests : IDisposable
{
    private const int Labels = 4;

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string[]> Families => new()
    {
        { "bert", ["query", "value"] },
        { "roberta", ["query", "key", "value", "intermediate.dense"] },
        { "xlm-roberta", ["query", "value"] },
        { "distilbert", ["q_lin", "out_lin", "lin1", "lin2"] },
        { "use-lite", ["qkv", "output", "residual", "up", "down"] },
        { "gpt2", ["c_attn", "c_proj", "c_fc"] },
        { "llama", ["q_proj", "k_proj", "down_proj"] },
        { "mistral", ["q_proj", "v_proj"] },
        { "qwen2", ["q_proj", "v_proj"] },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void Heads_have_the_tensors_of_the_networks(string family, string[] targets)
    {
        BaseModel model = Load(family);
        IClassificationHead head = model.Network.Head(Labels);
        using var files = BaseModelFolder.Open(folder.Path);
        ClassifierHead table = files.Head(Labels);

        Assert.Equal(head.Modules, table.Modules);
        Assert.Equal(
            head.Layout.Parameters.Select(parameter => parameter.ToString()).Order(StringComparer.Ordinal),
            table.Tensors.Select(tensor => $"{tensor.Name} [{string.Join('×', tensor.Dimensions)}]").Order(StringComparer.Ordinal));
        Assert.Equal(Labels, head.Labels);
        Assert.All(targets, target => Assert.Contains(model.Network.Layout.Linears, layer => ModuleNames.IsTarget(layer.Name, target)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void What_a_run_begins_with_names_layers_of_the_network(string family, string[] targets)
    {
        Dictionary<string, LinearLayer> layers = Load(family).Network.Layout.Linears.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        using var files = BaseModelFolder.Open(folder.Path);

        LoraAdapter first = files.FirstAdapter(new LoraSettings { Rank = 2, Alpha = 4, TargetModules = targets }, Labels, seed: 5);

        Assert.Equal(
            layers.Keys.Where(name => targets.Any(target => ModuleNames.IsTarget(name, target))).Order(StringComparer.Ordinal), first.Modules.Keys);
        Assert.All(
            first.Modules,
            module => Assert.Equal((layers[module.Key].Outputs, layers[module.Key].Inputs), (module.Value.Outputs, module.Value.Inputs)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_folder_predicts_tokens_if_its_network_does(string family, string[] targets)
    {
        bool expected = Load(family).PredictsTokens;
        using var files = BaseModelFolder.Open(folder.Path);

        Assert.Equal(expected, files.PredictsTokens);
        Assert.Equal(targets.Contains("q_proj") || family == "gpt2", expected);
    }

    [Theory]
    [InlineData("gpt2", true)] // tied unless it says otherwise
    [InlineData("llama", false)]
    public void A_decoder_without_output_weights_predicts_tokens_only_if_its_embeddings_serve_as_such(string family, bool expected)
    {
        TinyDecoder.Write(
            folder.Path,
            family,
            config => config.Replace("\"tie_word_embeddings\": false, ", "", StringComparison.Ordinal),
            tensors => tensors.Remove("lm_head.weight"));
        using var files = BaseModelFolder.Open(folder.Path);

        Assert.Equal(BaseModel.Load(folder.Path).PredictsTokens, files.PredictsTokens);
        Assert.Equal(expected, files.PredictsTokens);
    }

    private BaseModel Load(string family)
    {
        if (TinyFolder.Families.Contains(family))
        {
            TinyFolder.Write(folder.Path, family);
        }
        else
        {
            TinyDecoder.Write(folder.Path, family);
        }

        return BaseModel.Load(folder.Path);
    }
}
