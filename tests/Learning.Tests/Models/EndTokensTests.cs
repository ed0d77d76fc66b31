using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Models;

public sealed class EndTokensTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", null, new int[] { 4 })] // no file names one: the published name that the vocabulary has
    [InlineData("\"eos_token_id\": 4,", null, new int[] { 4 })]
    [InlineData("\"eos_token_id\": 7,", null, new int[] { 7 })] // named, so nothing is guessed
    [InlineData("\"eos_token_id\": [7, 9],", null, new int[] { 7, 9 })]
    [InlineData("\"eos_token_id\": null,", "{\"eos_token_id\": [8, 9]}", new int[] { 4, 8, 9 })]
    [InlineData("\"eos_token_id\": 7,", "{\"eos_token_id\": 9}", new int[] { 7, 9 })]
    [InlineData("\"eos_token_id\": 50256,", "{\"temperature\": 0.7}", new int[] { 4 })] // a family's default, far outside the vocabulary
    [InlineData("\"eos_token_id\": -1,", "{\"eos_token_id\": []}", new int[] { 4 })]
    public void Writing_ends_at_the_tokens_of_tokenizer_configuration_and_generation_settings(string setting, string? generation, int[] expected)
    {
        Write(setting, generation);

        Assert.Equal(expected, BaseModel.Load(folder.Path).EndTokens.Order());
    }

    [Theory]
    [InlineData("\"eos_token_id\": \"</s>\",", null, "config.json: eos_token_id is \"</s>\"; it is a whole number, a list of them or null.")]
    [InlineData(
        "", "{\"eos_token_id\": [1, 2.5]}", "generation_config.json: eos_token_id is [1, 2.5]; it is a whole number, a list of them or null.")]
    [InlineData("", "[", "generation_config.json is no valid JSON")]
    public void What_names_no_token_is_refused(string setting, string? generation, string expected)
    {
        Write(setting, generation);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    private void Write(string setting, string? generation)
    {
        TinyDecoder.Write(
            folder.Path, "llama", config => config.Replace("{\"model_type\"", "{" + setting + "\"model_type\"", StringComparison.Ordinal));
        if (generation is not null)
        {
            folder.Write("generation_config.json", generation);
        }
    }
}
