using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>Whether model, plan and texts suit language modelling.</summary>
internal static class LanguageFit
{
    /// <returns>The model as one that predicts tokens.</returns>
    /// <exception cref="ArgumentException">The model predicts no tokens, or the plan asks for what belongs to classification.</exception>
    public static ILanguageModel Require(BaseModel model, TrainingPlan plan)
    {
        if (plan.LogitAdjustment != 0)
        {
            throw new ArgumentException(
                $"LogitAdjustment is {plan.LogitAdjustment}; it belongs to classification and must be 0 for a language model.", nameof(plan));
        }

        return model.Network is ILanguageModel { PredictsTokens: true } network
            ? network
            : throw new ArgumentException(
                $"{model.Folder} predicts no tokens: it is an encoder, or its checkpoint has no lm_head. Language modelling takes a decoder such as "
                + "gpt2 or llama.", nameof(model));
    }

    /// <exception cref="ArgumentException">
    /// A text is too short or too long for the model, or has a token it does not know; the message names its place.
    /// </exception>
    public static void Check(IReadOnlyList<LanguageSequence> sequences, BaseModel model)
    {
        for (int i = 0; i < sequences.Count; i++)
        {
            (int[] ids, int first) = (sequences[i].Ids, sequences[i].FirstTarget);
            if (first < 1 || first >= ids.Length || ids.Length - 1 > model.MaxTokens)
            {
                throw new ArgumentException(
                    $"Text {i + 1} has {ids.Length} tokens, of which it predicts those from {first} on; the model takes at most {model.MaxTokens} "
                    + "and the token after them, and predicts from the second on.",
                    nameof(sequences));
            }

            if (Array.FindIndex(ids, id => (uint)id >= (uint)model.Network.VocabularySize) is >= 0 and int wrong)
            {
                throw new ArgumentException(
                    $"Text {i + 1} has token {ids[wrong]}; the model knows 0 … {model.Network.VocabularySize - 1}.", nameof(sequences));
            }
        }
    }
}
