using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class TextGeneratorTests
{
    // Single precision: the same sums by products of other sizes, some hundred roundings of 6e-8 of scores up to 4.
    private const double Tolerance = 2e-5;

    private static readonly TrainingPlan Plan = new() { Steps = 1, BatchSize = 1, LearningRate = 1, Seed = 1 };

    public static TheoryData<string> Decoders => [.. TinyDecoder.All];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Scores_with_remembered_keys_are_those_of_the_whole_text(string name)
    {
        BaseModel model = TinyDecoder.Load(name);
        var network = (ILanguageModel)model.Network;
        var adapted = new AdaptedModel(model, NoAdapter(), head: null, FrozenFactors.None);
        var tape = new Tape(adapted.Weights, 0);
        int[][] texts = [[0, 5, 13, 17, 8, 9, 20, 7, 11, 6], [0, 9, 4, 4, 12, 13, 14], [3]];
        KeyValueCache[] caches = [.. texts.Select(_ => new KeyValueCache())];
        var batch = new TokenBatch();

        // Texts side by side in steps of one to four tokens, the shorter ones done earlier.
        int[] read = new int[texts.Length];
        foreach (int step in new[] { 1, 4, 1, 1, 3 })
        {
            int[] going = [.. Enumerable.Range(0, texts.Length).Where(t => read[t] < texts[t].Length)];
            batch.Clear();
            foreach (int t in going)
            {
                int[] next = [.. texts[t].Skip(read[t]).Take(step)];
                batch.Add(next, next.Length, caches[t].Tokens);
                read[t] += next.Length;
            }

            tape.Start(training: false, [.. going.Select(t => caches[t])]);
            Activation scores = network.Logits(tape, network.Encode(tape, batch), batch.Ends);
            for (int i = 0; i < going.Length; i++)
            {
                int t = going[i];
                caches[t].Advance(read[t] - caches[t].Tokens);
                float[] whole = Whole(network, adapted.Weights, texts[t][..read[t]]);
                Assert.All(whole.Zip(scores.Value.Slice(i * whole.Length, whole.Length).ToArray()), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
            }
        }

        Assert.Equal(texts.Select(text => text.Length), read);
    }

    [Fact]
    public void The_most_probable_tokens_are_written_one_after_the_other()
    {
        BaseModel model = TinyDecoder.Load("llama");
        var network = (ILanguageModel)model.Network;
        var adapted = new AdaptedModel(model, NoAdapter(), head: null, FrozenFactors.None);
        int[] ids = [0, 5, 13];
        for (int i = 0; i < 6; i++)
        {
            float[] scores = Whole(network, adapted.Weights, ids);
            ids = [.. ids, Array.IndexOf(scores, scores.Max())];
        }

        GeneratedText text = Generate(model, ["red cat"], new GenerationOptions { MaxNewTokens = 6, StopsAtEnd = false })[0];

        Assert.Equal((" " + model.Tokenizer.Decode(ids.AsSpan(3)).Trim(), 6, StopReason.Length), (text.Text, text.Tokens, text.Reason));
    }

    [Fact]
    public void Draws_are_the_same_for_any_number_of_threads_and_others_for_another_seed()
    {
        BaseModel model = TinyDecoder.Load("qwen2");
        string[] prompts = [.. TinyBert.Words];
        var options = new GenerationOptions { MaxNewTokens = 5, Temperature = 1, Samples = 3, Seed = 4 };

        IReadOnlyList<GeneratedText> one = Generate(model, prompts, options);

        Assert.Equal(48, one.Count);
        Assert.Equal(one, Generate(model, prompts, options, threads: 3));
        Assert.NotEqual(one, Generate(model, prompts, options with { Seed = 5 }));
        Assert.NotEqual(one[0], one[1]);
    }

    [Fact]
    public void Writing_stops_at_the_ending_token_before_stop_texts_and_where_the_positions_end()
    {
        BaseModel model = Counting();

        GeneratedText ended = Generate(model, ["red"], new GenerationOptions())[0];
        GeneratedText stopped = Generate(model, ["red"], new GenerationOptions { StopTexts = ["lue grey on", "cat"] })[0];
        GeneratedText full = Generate(model, ["red"], new GenerationOptions { StopsAtEnd = false })[0];

        Assert.Equal((" green blue grey one", 5, StopReason.End), (ended.Text, ended.Tokens, ended.Reason));
        Assert.Equal((" green b", 4, StopReason.StopText), (stopped.Text, stopped.Tokens, stopped.Reason));

        // Twelve positions hold the beginning, the prompt and ten tokens more; the token after the last is written too.
        Assert.Equal((11, StopReason.Length), (full.Tokens, full.Reason));
    }

    [Fact]
    public void Writing_stops_at_any_of_several_ending_tokens()
    {
        // "grey", token 8.
        BaseModel model = Counting("\"eos_token_id\": [20, 8], ");

        GeneratedText ended = Generate(model, ["red"], new GenerationOptions())[0];

        Assert.Equal((" green blue grey", 3, StopReason.End), (ended.Text, ended.Tokens, ended.Reason));
    }

    [Fact]
    public void Rows_that_pad_the_vocabulary_are_never_written()
    {
        // Rows 21 and 22 would win after "red".
        BaseModel model = Counting(vocabulary: 23);

        GeneratedText text = Generate(model, ["red"], new GenerationOptions())[0];

        Assert.Equal(" green blue grey one", text.Text);
    }

    [Fact]
    public void A_prompt_that_leaves_no_position_is_refused()
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => Generate(TinyDecoder.Load("llama"), ["red", string.Join(' ', Enumerable.Repeat("cat", 12))], new GenerationOptions()));

        Assert.StartsWith("Prompt 2 has 13 tokens; the model takes from 1 to 12", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_generation_ends()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        using ILanguageTuning tuning = new PortableEngine().StartLanguage(TinyDecoder.Load("llama"), NoAdapter(), [], Plan);

        Assert.Throws<OperationCanceledException>(() => tuning.Generate(["red"], new GenerationOptions(), cancelled.Token));
    }

    private static IReadOnlyList<GeneratedText> Generate(BaseModel model, string[] prompts, GenerationOptions options, int threads = 1)
    {
        using ILanguageTuning tuning = new PortableEngine().StartLanguage(model, NoAdapter(), [], Plan with { Threads = threads });
        return tuning.Generate(prompts, options, CancellationToken.None);
    }

    private static float[] Whole(ILanguageModel network, Weights weights, int[] ids)
    {
        var tape = new Tape(weights, 0);
        var batch = new TokenBatch();
        batch.Add(ids, ids.Length);
        tape.Start(training: false);
        return network.Logits(tape, network.Encode(tape, batch), batch.Ends).Value.ToArray();
    }

    private static LoraAdapter NoAdapter() => new(new LoraSettings { Rank = 1, Alpha = 1, TargetModules = ["q_proj"] }, []);

    /// <summary>A GPT-2 without blocks' influence whose best next token is the one after the last in the vocabulary, and the ending token after "one".</summary>
    /// <param name="settings">More of them.</param>
    /// <param name="vocabulary">Rows of the embeddings; those beyond the tokenizer's 21 words score most after every token.</param>
    private static BaseModel Counting(string settings = "", int vocabulary = 21) => TinyDecoder.Load(
        "gpt2",
        config => config.Replace("\"n_embd\": 16", "\"n_embd\": 22", StringComparison.Ordinal).Replace("\"vocab_size\": 21", settings + "\"tie_word_embeddings\": false, \"vocab_size\": " + vocabulary, StringComparison.Ordinal),
        tensors =>
        {
            foreach (string name in tensors.Keys.Where(name => name.Contains(".c_proj", StringComparison.Ordinal) || name.Contains("wpe", StringComparison.Ordinal)).ToList())
            {
                TensorData tensor = tensors[name];
                tensors[name] = tensor with { Values = new float[tensor.Values.Length] };
            }

            float[] words = new float[vocabulary * 22];
            float[] next = new float[vocabulary * 22];
            next.AsSpan(21 * 22).Fill(2);
            for (int token = 0; token < 21; token++)
            {
                words[(token * 22) + token] = 1;
                next[((token == 9 ? 4 : (token + 1) % 21) * 22) + token] = 1;
            }

            tensors["transformer.wte.weight"] = new TensorData("transformer.wte.weight", [vocabulary, 22], words);
            tensors["lm_head.weight"] = new TensorData("lm_head.weight", [vocabulary, 22], next);
        });
}
