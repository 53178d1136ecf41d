// adv
