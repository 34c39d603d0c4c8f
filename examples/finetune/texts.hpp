#pragma once
// Texts: what main.cpp knows of them. No LibTorch.
#include <string>

#include "tuneit/app/text/text_options.hpp"

/// Is a model of texts called so?
bool is_of_texts(const std::string& model);

/// Trains, tests or predicts. `o`: of the program; a number that was not given there is the text recipe's.
void run_texts(tuneit::app::Options o, const tuneit::app::TextChoices& texts, const std::string& freeze,
               double head_lr_scale, const std::string& schedule);
