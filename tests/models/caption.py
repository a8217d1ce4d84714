"""An attention LSTM caption decoder (Xu et al., "Show, attend and tell", 2015), decoding greedily until <end>."""

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, encoder_dim, decoder_dim, attention_dim):
        super(Attention, self).__init__()
        self.encoder_att = nn.Linear(encoder_dim, attention_dim)
        self.decoder_att = nn.Linear(decoder_dim, attention_dim)
        self.full_att = nn.Linear(attention_dim, 1)
        self.relu = nn.ReLU()
        self.softmax = nn.Softmax(dim=1)

    def forward(self, encoder_out, decoder_hidden):
        att1 = self.encoder_att(encoder_out)
        att2 = self.decoder_att(decoder_hidden)
        att = self.full_att(self.relu(att1 + att2.unsqueeze(1))).squeeze(2)
        alpha = self.softmax(att)
        attention_weighted_encoding = (encoder_out * alpha.unsqueeze(2)).sum(dim=1)
        return attention_weighted_encoding, alpha


class DecoderWithAttention(nn.Module):
    def __init__(self, attention_dim, embed_dim, decoder_dim, word_map, encoder_dim=24, dropout=0.5):
        super(DecoderWithAttention, self).__init__()
        self.encoder_dim = encoder_dim
        self.word_map = word_map
        self.vocab_size = len(word_map)
        self.attention = Attention(encoder_dim, decoder_dim, attention_dim)
        self.embedding = nn.Embedding(self.vocab_size, embed_dim)
        self.dropout = nn.Dropout(p=dropout)
        self.decode_step = nn.LSTMCell(embed_dim + encoder_dim, decoder_dim, bias=True)
        self.init_h = nn.Linear(encoder_dim, decoder_dim)
        self.init_c = nn.Linear(encoder_dim, decoder_dim)
        self.f_beta = nn.Linear(decoder_dim, encoder_dim)
        self.sigmoid = nn.Sigmoid()
        self.fc = nn.Linear(decoder_dim, self.vocab_size)
        self.init_weights()

    def init_weights(self):
        self.embedding.weight.data.uniform_(-0.1, 0.1)
        self.fc.bias.data.fill_(0)
        self.fc.weight.data.uniform_(-0.1, 0.1)

    def init_hidden_state(self, encoder_out):
        mean_encoder_out = encoder_out.mean(dim=1)
        h = self.init_h(mean_encoder_out)
        c = self.init_c(mean_encoder_out)
        return h, c

    def forward(self, features, max_length=20):
        batch_size = features.size(0)
        encoder_out = features.view(batch_size, self.encoder_dim, -1).permute(0, 2, 1)
        prev_word = torch.LongTensor([[self.word_map['<start>']]]).to(features.device)
        h, c = self.init_hidden_state(encoder_out)
        seq, alphas, score = [], [], 0.0
        step = 1
        while True:
            embeddings = self.embedding(prev_word).squeeze(1)
            awe, alpha = self.attention(encoder_out, h)
            gate = self.sigmoid(self.f_beta(h))
            awe = gate * awe
            h, c = self.decode_step(torch.cat([embeddings, awe], dim=1), (h, c))
            scores = torch.log_softmax(self.fc(self.dropout(h)), dim=1)
            best, next_word = scores.max(dim=1)
            score = score + best
            if next_word.item() == self.word_map['<end>']:
                break
            seq.append(next_word.item())
            alphas.append(alpha)
            prev_word = next_word.unsqueeze(1)
            if step >= max_length:
                break
            step += 1
        if len(seq) == 0:
            return seq, score
        return seq, score / len(seq), torch.stack(alphas, 1)


def captioner():
    words = ['<pad>', '<start>', '<end>', '<unk>'] + [f'w{i}' for i in range(26)]
    return DecoderWithAttention(attention_dim=16, embed_dim=16, decoder_dim=24,
                                word_map={w: i for i, w in enumerate(words)})
