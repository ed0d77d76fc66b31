namespace EdgeFlora.Learning.Tests.Models;

/// <summary>Configurations that ask for the absurd: refused by name, and without memory for what they claim.</summary>
public sealed class HostileConfigTests : IDisposable
{
    private readonly HostileFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("bert", "vocab_size", "hidden_size", 1_000_000, 16_384)]
    [InlineData("bert", "intermediate_size", "hidden_size", 65_536, 16_384)]
    [InlineData("roberta", "vocab_size", "hidden_size", 1_000_000, 16_384)]
    [InlineData("distilbert", "vocab_size", "dim", 1_000_000, 16_384)]
    [InlineData("use-lite", "vocab_size", "embedding_dim", 1_000_000, 16_384)]
    public void Sizes_whose_product_is_absurd_are_refused_without_memory_for_them(string family, string first, string second, int one, int two)
    {
        TinyFolder.Write(folder.Path, family);
        folder.Set((first, one), (second, two));

        // The smaller product fits an array, and is refused as soon as the file is looked at.
        folder.RefusedCheaply("config.json", (long)one * two > Array.MaxLength ? "at most 2147483591 fit one tensor" : "config.json makes it");
    }

    [Theory]
    [InlineData(
        "bert",
        "vocab_size,hidden_size,num_hidden_layers,num_attention_heads,intermediate_size,max_position_embeddings,type_vocab_size,layer_norm_eps")]
    [InlineData("roberta", "pad_token_id,vocab_size,hidden_size,num_hidden_layers")]
    [InlineData("distilbert", "vocab_size,dim,n_layers,n_heads,hidden_dim,max_position_embeddings")]
    [InlineData("use-lite", "vocab_size,embedding_dim,hidden_size,layers,heads,ffn_dim,max_position,layer_norm_eps")]
    public void A_size_out_of_range_is_named_with_its_value(string family, string settings)
    {
        foreach (string setting in settings.Split(','))
        {
            foreach (double value in new[] { -1, 2e9, 1e300 })
            {
                TinyFolder.Write(folder.Path, family);
                folder.Set((setting, value));
                folder.RefusedCheaply("config.json", setting);
            }
        }
    }

    [Theory]
    [InlineData("\"head_dim\": [4]")]
    [InlineData("\"head_dim\": [4, 6, 8]")]
    [InlineData("\"head_dim\": [4, 2000000000]")]
    [InlineData("\"head_dim\": [4, \"x\"]")]
    [InlineData("\"head_dim\": 4")]
    public void Head_widths_must_be_one_for_each_block(string wrong)
    {
        TinyFolder.Write(folder.Path, "use-lite");
        string path = folder.File("config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"head_dim\": [4, 6]", wrong, StringComparison.Ordinal));

        folder.Refused("config.json", "head_dim is ", "it is 2 whole numbers from 1 to");
    }

    [Fact]
    public void A_configuration_that_is_nested_deeply_or_very_long_is_refused()
    {
        TinyBert.Write(folder.Path);
        File.WriteAllText(folder.File("config.json"), new string('[', 200_000));
        folder.RefusedCheaply("config.json", "no valid JSON");
        File.WriteAllText(folder.File("config.json"), $"{{\"model_type\": \"bert\"{new string(' ', 5 << 20)}}}");
        folder.RefusedCheaply("config.json", "bytes; a configuration has at most");
    }

    [Fact]
    public void A_tokenizer_with_more_words_than_the_model_has_vectors_is_refused()
    {
        TinyFolder.Write(folder.Path, "distilbert");
        File.AppendAllText(folder.File("vocab.txt"), "more\n");
        folder.Refused("the tokenizer has 22 words, but vocab_size is 21");

        TinyFolder.Write(folder.Path, "use-lite");
        File.Delete(folder.File("vocab.txt"));
        File.AppendAllText(folder.File("vocab.tsv"), "22\t\"▁more\"\t-1\n");
        folder.Refused("the tokenizer has 23 words, but vocab_size is 22");

        TinyFolder.Write(folder.Path, "roberta");
        string path = folder.File("tokenizer.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"sleeps\": 20", "\"sleeps\": 5000", StringComparison.Ordinal));
        folder.Refused("the tokenizer has 5001 words, but vocab_size is 21");
    }
}
